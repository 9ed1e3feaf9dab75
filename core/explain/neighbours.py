"""Validation clips as a background: their vectors and classes, and which of them are nearest.

Nothing else of the clips is stored, no picture and no name.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass as plain_dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass

from core.errors import CheckpointError
from core.explain.vectors import cosines, unit, video_vectors
from core.model.method import Method
from core.prediction import Array
from core.settings import STRICT

# Half precision: four digits of a cosine, and 1 kB for a clip of width 256.
STORED = np.dtype("<f2")
# A map is read by every visitor, so its background stays a few hundred clips.
MOST_CLIPS = 420


@dataclass(frozen=True, config=STRICT)
class StoredClips:
    """The background as ``map.json`` holds it.

    Attributes:
        labels: ``(N,)`` rows of the map's labels.
        width: ``D``.
        before: ``(N, D)`` mean frame features, half precision, little-endian, as base64.
        after: ``(N, D)`` what the model compares with the classes, likewise.
    """

    labels: list[int]
    width: int
    before: str
    after: str


@plain_dataclass(frozen=True)
class Background:
    """Clips to compare with.

    Attributes:
        labels: ``(N,)`` their classes.
        before: ``(N, D)`` in CLIP's own space, unit length.
        after: ``(N, D)`` in the aligned space, unit length.
    """

    labels: NDArray[np.int64]
    before: Array
    after: Array

    def vectors(self, side: str) -> Array:
        """The clips before or after the temporal layers."""
        return self.before if side == "before" else self.after


def store_clips(model: Method, clips: Array, labels: Sequence[int]) -> StoredClips:
    """Make a background of at most ``MOST_CLIPS`` clips, as even over the classes as they allow.

    Args:
        model: Any phase.
        clips: ``(N, T, D)`` frame features of validation clips.
        labels: ``(N,)`` their classes.

    Raises:
        CheckpointError: The arguments disagree, or a label is no class of the model.
    """
    owners = np.asarray(labels, np.int64)
    classes = model.sentence_shape[0]
    if clips.ndim != 3 or owners.shape != clips.shape[:1]:
        raise CheckpointError(
            f"validation clips must be (clips, frames, width) with a label each, got {clips.shape} "
            f"and {owners.shape}"
        )
    if owners.size and not 0 <= owners.min() <= owners.max() < classes:
        raise CheckpointError(f"labels of validation clips must be below {classes}")
    rows = _evenly(owners, classes)
    chosen = np.asarray(clips[rows], np.float32)
    return StoredClips(
        labels=owners[rows].tolist(),
        width=int(clips.shape[2]),
        before=_packed(unit(unit(chosen).mean(1))),
        after=_packed(unit(video_vectors(model, chosen).pooled)),
    )


def read_background(stored: StoredClips | None, classes: int) -> Background | None:
    """Unpack a background; None where none is stored.

    Raises:
        CheckpointError: It is damaged.
    """
    if stored is None or not stored.labels:
        return None
    labels = np.array(stored.labels, np.int64)
    try:
        before, after = (_unpacked(text, stored.width) for text in (stored.before, stored.after))
    except (binascii.Error, ValueError) as error:
        raise CheckpointError(f"the background clips of map.json are damaged ({error})") from error
    fits = before.shape == after.shape == (len(labels), stored.width)
    if not fits or not 0 <= labels.min() <= labels.max() < classes:
        raise CheckpointError(
            f"the background clips of map.json are damaged: {len(labels)} labels below {classes}, "
            f"vectors {before.shape} and {after.shape}"
        )
    if not (np.isfinite(before).all() and np.isfinite(after).all()):
        raise CheckpointError("the background clips of map.json are damaged: not all are numbers")
    return Background(labels, unit(before), unit(after))


def nearest_clips(
    background: Background, side: str, vectors: Array, count: int
) -> tuple[NDArray[np.int64], Array]:
    """The background clips nearest to each vector.

    Args:
        background: ``N`` clips.
        side: ``before`` or ``after``.
        vectors: ``(M, D)``.
        count: How many; fewer where there are not as many.

    Returns:
        Rows ``(M, count)``, nearest first, and their cosines.
    """
    nearness = cosines(vectors, background.vectors(side))
    rows = np.argsort(-nearness, axis=1, kind="stable")[:, :count]
    return rows, np.take_along_axis(nearness, rows, axis=1)


def _evenly(labels: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Rows of at most ``MOST_CLIPS`` clips: of every class the same share of its own list."""
    each = -(-MOST_CLIPS // classes)
    parts = []
    for label in range(classes):
        own = np.flatnonzero(labels == label)
        places = np.linspace(0, len(own) - 1, min(each, len(own))).round().astype(int)
        parts.append(own[places])
    return np.sort(np.concatenate(parts))[:MOST_CLIPS]


def _packed(vectors: Array) -> str:
    return base64.b64encode(vectors.astype(STORED).tobytes()).decode()


def _unpacked(text: str, width: int) -> Array:
    flat = np.frombuffer(base64.b64decode(text, validate=True), STORED)
    return flat.reshape(-1, width).astype(np.float32)
