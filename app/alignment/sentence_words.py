"""The words beside a model's sentences."""

import functools
import threading
from typing import Any

import numpy as np

from core.errors import ConfigError
from core.explain.captions import sentence_captions
from core.explain.tokens import WARNING, Vocabulary, nearest_words
from core.model.method import Method

WORDS = 5


class WordDesk:
    """Answers what the learned tokens lie nearest to; may be called from several threads.

    Args:
        model: Holds the tokens.
        known: What its text tower was trained on; None where nobody wrote it down.
    """

    def __init__(self, model: Method, known: list[str] | None) -> None:
        self._model = model
        self._known = None if known is None else tuple(known)
        # Of this desk alone, so that it goes with its model.
        self._vocabulary = functools.lru_cache(maxsize=2)(self._read_vocabulary)
        self._lock = threading.Lock()

    def nearest(self, class_index: int, sentence: int, *, everything: bool) -> dict[str, Any]:
        """The words nearest to each token of one sentence.

        Args:
            class_index: Of the class.
            sentence: Of the sentence within its class.
            everything: Compare with the whole vocabulary instead of the known words.

        Raises:
            ConfigError: There is no such sentence, or no tokens were learned.
        """
        classes, sentences = self._model.sentence_shape
        if not (0 <= class_index < classes and 0 <= sentence < sentences):
            raise ConfigError(
                f"sentence {sentence} of class {class_index} does not exist; there are "
                f"{classes} classes of {sentences} sentences"
            )
        vocabulary = self._vocabulary(None if everything else self._known)
        found = nearest_words(self._model, vocabulary, class_index, sentence, WORDS)
        return {
            "words": found.words,
            "cosines": np.round(found.cosines, 3).tolist(),
            "norms": np.round(found.norms, 4).tolist(),
            "word_norm": round(found.word_norm, 4),
            "vocabulary": len(vocabulary.words),
            "restricted": self._known is not None and not everything,
            "warning": WARNING,
        }

    def captions(self) -> list[list[str]]:
        """A few words for every sentence, class by class; worked out once."""
        with self._lock:
            return self._captions

    @functools.cached_property
    def _captions(self) -> list[list[str]]:
        return sentence_captions(self._model, self._vocabulary(self._known))

    def _read_vocabulary(self, words: tuple[str, ...] | None) -> Vocabulary:
        return Vocabulary(self._model.backbone, None if words is None else list(words))
