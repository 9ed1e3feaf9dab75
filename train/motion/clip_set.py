"""The file that holds finished clips: what training reads."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from train.runtime.arrays import read_arrays, write_arrays


@dataclass(frozen=True)
class Clip:
    """One finished clip.

    Attributes:
        frames: ``(T, 64, 64)`` uint8 grey canvases.
        label: Index into ``core.labels.SEVEN``.
        person: Name of the person.
        kind: How it was made (``train.motion.casting.KINDS``).
        course: What it shows of the expression's life (``train.motion.acting.curves``).
        period_s: Time from frame to frame [s].
    """

    frames: NDArray[np.uint8]
    label: int
    person: str
    kind: str
    course: str
    period_s: float


@dataclass(frozen=True)
class ClipSet:
    """Clips of different lengths, end to end.

    Attributes:
        images: ``(F, 64, 64)`` uint8 grey canvases of all frames.
        lengths: ``(N,)`` int64 frames of each clip, in the order of ``images``.
        labels: ``(N,)`` int64 index into ``core.labels.SEVEN``.
        people: ``(N,)`` name of each clip's person.
        kinds: ``(N,)`` how each clip was made.
        courses: ``(N,)`` what each clip shows of the expression's life.
        period_s: ``(N,)`` time from frame to frame [s].
        parts: ``(N,)`` ``train`` or ``validation``.
    """

    images: NDArray[np.uint8]
    lengths: NDArray[np.int64]
    labels: NDArray[np.int64]
    people: NDArray[np.str_]
    kinds: NDArray[np.str_]
    courses: NDArray[np.str_]
    period_s: NDArray[np.float64]
    parts: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.labels)

    def clip(self, row: int) -> NDArray[np.uint8]:
        """Frames of one clip, ``(T, 64, 64)``."""
        start = int(self.lengths[:row].sum())
        return self.images[start : start + int(self.lengths[row])]

    def first_frames(self) -> NDArray[np.uint8]:
        """The frame that each clip opens with, ``(N, 64, 64)``."""
        return np.asarray(self.images[np.cumsum(self.lengths) - self.lengths], np.uint8)

    def save(self, path: Path) -> None:
        """Write the set as one npz, whole or not at all."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        write_arrays(path, compress=True, **named)


def gather(clips: Sequence[Clip], part: str) -> ClipSet:
    """Put finished clips into one set."""
    return ClipSet(
        images=np.concatenate([clip.frames for clip in clips]),
        lengths=np.array([len(clip.frames) for clip in clips], np.int64),
        labels=np.array([clip.label for clip in clips], np.int64),
        people=np.array([clip.person for clip in clips]),
        kinds=np.array([clip.kind for clip in clips]),
        courses=np.array([clip.course for clip in clips]),
        period_s=np.array([clip.period_s for clip in clips], np.float64),
        parts=np.full(len(clips), part),
    )


def load_clips(path: Path) -> ClipSet:
    """Read a set that ``ClipSet.save`` wrote.

    Raises:
        DataError: The file is missing or is no clip set.
    """
    if not path.exists():
        raise DataError(f"{path} is missing; python -m train animate makes it")
    names = [field.name for field in fields(ClipSet)]
    data = read_arrays(path)
    if missing := [name for name in names if name not in data]:
        raise DataError(
            f"{path} is no set of clips: it lacks {', '.join(missing)}; make it again with "
            "python -m train animate"
        )
    return ClipSet(**{name: data[name] for name in names})
