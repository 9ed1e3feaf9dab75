"""What did the learned tokens become?"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.errors import ConfigError
from core.explain.panels import without_tokens
from core.explain.vectors import cosines, unit
from core.model.backbone import FrozenClip
from core.model.method import Method
from core.prediction import Array

# From this mean cosine on, the sentences of a class say the same thing.
NEARLY_ONE = 0.995

# open_clip's byte-pair table: these two mark start and end, and no reader would call them words.
SPECIAL = 2

WARNING = (
    "Nearest is not meaning: a learned token moves freely between the words, and its nearest "
    "neighbour is often far away. Read the cosine before the word."
)


@dataclass(frozen=True)
class NearestWords:
    """The vocabulary words nearest to each token of one sentence.

    Attributes:
        words: ``L`` lists of words, nearest first; pieces of words end in ``-``.
        cosines: ``(L, n)`` how near they are.
        norms: ``(L,)`` lengths of the tokens.
        word_norm: Median length of the compared words, for scale.
    """

    words: list[list[str]]
    cosines: Array
    norms: Array
    word_norm: float


@dataclass(frozen=True)
class SentenceFamily:
    """How alike the sentences and classes are; collapse would show here.

    Attributes:
        sentences: ``(K·S, K·S)`` cosines of the sentence features, class by class.
        classes: ``(K, K)`` cosines of the class vectors.
        within: ``(K,)`` mean cosine among the different sentences of a class; 1 means that they
            have become one sentence.
        between: Mean cosine of sentences of different classes.
        norms: ``(K, S)`` mean length of each sentence's learned tokens; 0 where it has none.
    """

    sentences: Array
    classes: Array
    within: Array
    between: float
    norms: Array

    @property
    def gathered(self) -> tuple[int, ...]:
        """Classes whose sentences have nearly become one; a single sentence was never several."""
        if self.norms.shape[1] == 1:
            return ()
        return tuple(np.flatnonzero(self.within > NEARLY_ONE).tolist())


class Vocabulary:
    """The words that tokens are compared with.

    Args:
        backbone: Holds the frozen word table.
        texts: Only words of these texts, such as the captions that the text tower was trained on;
            the embeddings of words that it never saw are noise. None compares with all words.
    """

    def __init__(self, backbone: FrozenClip, texts: list[str] | None = None) -> None:
        table = backbone.clip.token_embedding.weight.detach()
        words = backbone.words()
        ids = torch.arange(len(words) - SPECIAL) if texts is None else _used(backbone, texts)
        self.words = [_readable(words[int(place)]) for place in ids]
        self._table = table[ids.to(table.device)]  # (V, W)
        self._known = None if texts is None else set(" ".join(texts).lower().split())

    def is_whole(self, word: str) -> bool:
        """Whether an entry is a word by itself, as far as can be known, and no piece of one."""
        return not word.endswith("-") if self._known is None else word in self._known

    @property
    def norm(self) -> float:
        """Median length of a word's embedding."""
        return float(self._table.norm(dim=-1).median())

    @torch.no_grad()
    def nearest(self, tokens: Tensor, count: int) -> tuple[list[list[str]], Array]:
        """Nearest words by cosine.

        Args:
            tokens: ``(L, W)``.
            count: ``n``, words per token.

        Returns:
            Words, nearest first, and their cosines ``(L, n)``.
        """
        table = F.normalize(self._table.float(), dim=-1)
        found = (F.normalize(tokens.float(), dim=-1) @ table.T).topk(min(count, len(table)), dim=-1)
        words = [[self.words[place] for place in row] for row in found.indices.tolist()]
        return words, np.asarray(found.values.cpu().numpy(), np.float32)


def nearest_words(
    model: Method, vocabulary: Vocabulary, class_index: int, sentence: int, count: int = 5
) -> NearestWords:
    """Look up the words nearest to each token of one sentence; see ``WARNING``.

    Raises:
        ConfigError: The method learned no tokens.
    """
    learned = model.learned_tokens()
    if learned is None:
        raise ConfigError(without_tokens(model))
    tokens = learned.detach()[class_index, sentence]  # (L, W)
    words, nearness = vocabulary.nearest(tokens, count)
    norms = np.asarray(tokens.float().norm(dim=-1).cpu().numpy(), np.float32)
    return NearestWords(words, nearness, norms, vocabulary.norm)


def sentence_family(model: Method, sentences: Array, class_vectors: Array) -> SentenceFamily:
    """Compare every sentence and class with every other.

    Args:
        model: Holds the tokens, if it has learned any.
        sentences: ``(K, S, D)``, before or after the temporal layers.
        class_vectors: ``(K, D)``.
    """
    classes, count, _ = sentences.shape
    flat = sentences.reshape(classes * count, -1)
    alike = cosines(flat, flat)
    owner = np.repeat(np.arange(classes), count)
    same = owner[:, None] == owner
    learned = model.learned_tokens()
    norms = np.zeros((classes, count), np.float32)
    if learned is not None:
        norms = np.asarray(learned.detach().float().norm(dim=-1).mean(-1).cpu().numpy(), np.float32)
    return SentenceFamily(
        sentences=alike,
        classes=cosines(class_vectors, class_vectors),
        within=within_classes(sentences),
        between=float(alike[~same].mean()),
        norms=norms,
    )


def within_classes(sentences: Array) -> Array:
    """Mean cosine among the different sentences of each class: ``(K, S, D)`` to ``(K,)``."""
    count = sentences.shape[1]
    if count == 1:
        return np.ones(len(sentences), np.float32)
    alike = unit(sentences) @ unit(sentences).transpose(0, 2, 1)  # (K, S, S)
    itself = np.trace(alike, axis1=1, axis2=2)
    return np.asarray((alike.sum((1, 2)) - itself) / (count * (count - 1)), np.float32)


def drift(start: Array, now: Array) -> Array:
    """How far sentences have turned away from their start: ``(…, D)`` twice to ``(…)``, 0-2.

    0 is unmoved, 1 at a right angle.
    """
    return np.asarray(1 - (unit(start) * unit(now)).sum(-1), np.float32)


def _used(backbone: FrozenClip, texts: list[str]) -> Tensor:
    """Ids that occur in the texts, without padding, start and end."""
    ids = torch.tensor(sorted(set(backbone.tokenize(texts).flatten().tolist())))
    last = int(backbone.clip.token_embedding.num_embeddings) - SPECIAL
    return ids[(ids > 0) & (ids < last)]


def _readable(piece: str) -> str:
    """Mark pieces that do not end a word with a hyphen."""
    return piece.rstrip() if piece.endswith(" ") else f"{piece}-"
