"""What ``map.json`` holds: the map of the sentences that ships with a checkpoint.

A map that was made beforehand shows at once::

    {"format": 1,
     "labels": [K names], "sentences": S,
     "sha256": hash of the weights the map was made from,
     "before": {"umap2": [[x, y], …], "umap3": [[x, y, z], …], "pca2": …, "pca3": …},
     "after":  the same after the temporal layers,
     "video_mean": {"before": [D], "after": [D]} or null,
     "words": [words that the text tower was trained on] or null,
     "film": the training as a film (``core.explain.film``) or null,
     "clips": validation clips as a background (``core.explain.neighbours``) or null}

Each list of positions holds the ``K·S`` sentences, class by class, then the ``K`` class vectors.
"""

from typing import Literal

import numpy as np
from pydantic.dataclasses import dataclass

from core.checkpoint import Checkpoint
from core.errors import CheckpointError, ConfigError
from core.explain.film import Film
from core.explain.neighbours import StoredClips
from core.explain.projection import Dimensions, Mode, Technique
from core.explain.vectors import TextVectors, unit
from core.prediction import Array
from core.settings import STRICT, parse_settings

Positions = list[list[float]]
Side = Literal["before", "after"]
SIDES: tuple[Side, ...] = ("before", "after")

# The mode whose map depends on the sentences alone and can therefore be made beforehand.
STORED_MODE: Mode = "text"


@dataclass(frozen=True, config=STRICT)
class SpaceMap:
    """Positions of sentences and classes in one space, ``(K·S + K, 2 or 3)`` each."""

    umap2: Positions
    umap3: Positions
    pca2: Positions
    pca3: Positions

    def positions(self, technique: Technique, dimensions: Dimensions) -> Array:
        """The stored positions, ``(K·S + K, dimensions)``."""
        return np.asarray(getattr(self, f"{technique}{dimensions}"), np.float32)


@dataclass(frozen=True, config=STRICT)
class VideoMean:
    """Average vector of the training videos, ``(D,)`` each."""

    before: list[float]
    after: list[float]


@dataclass(frozen=True, config=STRICT)
class SentenceMap:
    """Contents of ``map.json``; see the module."""

    labels: tuple[str, ...]
    sentences: int
    sha256: str
    before: SpaceMap
    after: SpaceMap
    video_mean: VideoMean | None = None
    words: list[str] | None = None
    film: Film | None = None
    clips: StoredClips | None = None
    format: Literal[1] = 1

    def space(self, side: Side) -> SpaceMap:
        """The maps before or after the temporal layers."""
        return self.before if side == "before" else self.after

    def mean(self, side: Side) -> Array | None:
        """Average training video ``(D,)``, None if it is not known."""
        if self.video_mean is None:
            return None
        values = self.video_mean.before if side == "before" else self.video_mean.after
        return np.asarray(values, np.float32)


def map_points(text: TextVectors, side: Side) -> Array:
    """Vectors of a map in their fixed order, unit length: ``(K·S + K, D)``."""
    sentences, classes = (
        (text.before, text.class_before) if side == "before" else (text.after, text.class_after)
    )
    return np.concatenate([unit(sentences).reshape(-1, sentences.shape[-1]), unit(classes)])


def map_owners(classes: int, sentences: int) -> Array:
    """Class of each point of a map: ``(K·S + K,)`` whole numbers."""
    each = np.arange(classes)
    return np.concatenate([np.repeat(each, sentences), each])


def read_map(checkpoint: Checkpoint) -> SentenceMap | None:
    """The checkpoint's own map; None if there is none or it belongs to other weights.

    Raises:
        CheckpointError: ``map.json`` is damaged.
    """
    if checkpoint.map is None:
        return None
    try:
        stored = parse_settings(SentenceMap, checkpoint.map, source=f"{checkpoint.name}/map.json")
    except ConfigError as error:
        raise CheckpointError(
            f"{error}; write the map again with python -m core.explain.map"
        ) from error
    fits = stored.sha256 == checkpoint.config.weights_sha256
    return stored if fits else None
