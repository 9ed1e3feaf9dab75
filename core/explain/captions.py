"""A few words for every sentence, to stand beside it on a map."""

import torch

from core.explain.tokens import Vocabulary
from core.model.method import Method

WORDS = 3
# Several tokens of a sentence may lie nearest to one word; it is named once.
LOOKED_AT = 8


def sentence_captions(model: Method, vocabulary: Vocabulary) -> list[list[str]]:
    """Caption the sentences of a model.

    Args:
        model: Any method.
        vocabulary: The words that learned tokens are compared with.

    Returns:
        ``K`` lists of ``S`` captions: the sentence itself where it is plain words, and otherwise
        the ``WORDS`` different whole words that any of its tokens comes nearest to, nearest first.
    """
    plain = model.plain_sentences()
    if plain is not None:
        return [list(sentences) for sentences in plain]
    learned = model.learned_tokens()
    if learned is None:
        return [[""] * model.sentence_shape[1] for _ in range(model.sentence_shape[0])]
    return [_nearest(tokens, vocabulary) for tokens in learned.detach()]


def _nearest(tokens: torch.Tensor, vocabulary: Vocabulary) -> list[str]:
    """The words that the ``(S, L, W)`` tokens of each sentence come nearest to."""
    sentences, length, _ = tokens.shape
    words, cosines = vocabulary.nearest(tokens.flatten(0, 1), LOOKED_AT)
    captions = []
    for start in range(0, sentences * length, length):
        best: dict[str, float] = {}
        for row, values in zip(words[start:][:length], cosines[start:][:length], strict=True):
            for word, value in zip(row, values.tolist(), strict=True):
                if vocabulary.is_whole(word):
                    best[word] = max(best.get(word, -1.0), value)
        captions.append(", ".join(sorted(best, key=lambda word: -best[word])[:WORDS]))
    return captions
