"""What a set of made clips consists of, and what its first frames give away."""

import numpy as np
from numpy.typing import NDArray

from core.labels import SEVEN
from train.motion.clip_set import ClipSet
from train.motion.leak import first_frame_leak


def describe(clips: ClipSet) -> dict[str, object]:
    """Counts of a set, and what its first frames give away.

    Returns:
        JSON-like: clips by label, kind and course, number of people and frames, and by kind the
        balanced accuracy of a classifier of first frames beside that of chance.
    """
    leaks = {}
    for kind in np.unique(clips.kinds):
        leak = first_frame_leak(clips, str(kind))
        if leak is not None:
            leaks[str(kind)] = {"accuracy": round(leak[0], 3), "chance": round(leak[1], 3)}
    return {
        "clips": len(clips),
        "frames": len(clips.images),
        "people": len(np.unique(clips.people)),
        "labels": {name: int((clips.labels == i).sum()) for i, name in enumerate(SEVEN)},
        "kinds": _count(clips.kinds),
        "courses": _count(clips.courses),
        "first_frame_leak": leaks,
    }


def _count(names: NDArray[np.str_]) -> dict[str, int]:
    values, counts = np.unique(names, return_counts=True)
    return {str(value): int(count) for value, count in zip(values, counts, strict=True)}
