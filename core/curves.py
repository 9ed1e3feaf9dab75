"""The two curves of a face: what each moment's window says, and what each frame says alone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.prediction import Array
from core.recognizer import Recognizer

# The windowed curve looks this far to both sides of a frame [s]: expressions rise within half a
# second, and a wider window lets one syllable colour too many moments of a talking face.
HALF_WINDOW_S = 0.2
# At 25 frames/s the fifth neighbour stands exactly on that edge: it belongs to the window however
# its time was rounded.
EDGE_S = 1e-4


@dataclass(frozen=True)
class Verdict:
    """The clip-level answer.

    Attributes:
        rows: ``(T,)`` the features it was made from; of several windows those of the middle one.
        similarities: ``(K,)`` cosines.
        probabilities: ``(K,)``.
    """

    rows: NDArray[np.int64]
    similarities: Array
    probabilities: Array


def clip_verdict(recognizer: Recognizer, features: Array) -> Verdict:
    """Compare a whole clip, sampled as in training.

    Args:
        recognizer: The model.
        features: ``(n, D)`` of the frames with a face, in time order, ``n >= 1``.
    """
    windows = recognizer.verdict_windows(len(features))
    similarities = np.asarray(recognizer.compare(features[windows]).mean(0), np.float32)
    rows = windows[len(windows) // 2]
    return Verdict(rows, similarities, recognizer.probabilities(similarities))


def windowed_similarities(
    recognizer: Recognizer, features: Array, times_s: NDArray[np.float64]
) -> Array:
    """Cosines of a window centred on each frame: ``(n, K)``."""
    return _compare_rows(recognizer, features, window_rows(recognizer, times_s))


def window_rows(recognizer: Recognizer, times_s: NDArray[np.float64]) -> NDArray[np.int64]:
    """The ``T`` frames that stand for the window centred on each frame: ``(n, T)``."""
    first = np.searchsorted(times_s, times_s - HALF_WINDOW_S - EDGE_S, side="left")
    last = np.searchsorted(times_s, times_s + HALF_WINDOW_S + EDGE_S, side="right")
    return np.stack(
        [start + recognizer.pick(stop - start) for start, stop in zip(first, last, strict=True)]
    )


def instant_similarities(recognizer: Recognizer, features: Array) -> Array:
    """Cosines of each frame taken as a motionless clip: ``(n, K)``."""
    rows = np.repeat(np.arange(len(features))[:, None], recognizer.frames, 1)
    return _compare_rows(recognizer, features, rows)


def _compare_rows(recognizer: Recognizer, features: Array, rows: NDArray[np.int64]) -> Array:
    """Gather and compare in parts: ``n · T`` features at once would not fit for long videos."""
    parts = [
        recognizer.compare(features[part]) for part in np.array_split(rows, -(-len(rows) // 256))
    ]
    return np.concatenate(parts)
