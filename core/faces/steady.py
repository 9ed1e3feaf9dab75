"""How is the trembling of a detected square taken out of the crop?"""

import math
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Sequence
from statistics import median

import numpy as np

from core.faces.box import FaceBox

# Middle, side, score and roll.
Row = tuple[float, float, float, float, float]

# Time constant of a live face at rest [s].
SMOOTHING_S = 0.15
# By how much a move of one side shortens it: quick faces are followed closely.
HASTE = 10.0
# With the future at hand, boxes up to this far on both sides are taken together [s].
WINDOW_S = 0.25


class SteadyBox:
    """One face square smoothed from the past alone.

    The median of the last three boxes, so that a single wrong one does no harm, is followed
    with a time constant that gets shorter the quicker the face moves.

    Args:
        smoothing_s: Time constant of a face at rest [s].

    Attributes:
        box: The smoothed square.
        seen_s: Time of the last update [s].
    """

    def __init__(self, smoothing_s: float = SMOOTHING_S) -> None:
        self._smoothing_s = smoothing_s
        self._recent: deque[FaceBox] = deque(maxlen=3)
        self.box = FaceBox(0.0, 0.0, 0.0, 0.0)
        self.seen_s = -math.inf

    def update(self, time_s: float, box: FaceBox) -> None:
        """Take the detected square of the next frame."""
        box = box.rolled_like(self.box)
        self._recent.append(box)
        target = median_box(self._recent) if len(self._recent) == 3 else box
        weight = 1.0
        if len(self._recent) > 1:
            constant_s = self._smoothing_s / (1 + HASTE * self._change(target))
            weight = 1 - math.exp(-(time_s - self.seen_s) / constant_s)
        self.box = blend(self.box, target, weight)
        self.seen_s = time_s

    def _change(self, target: FaceBox) -> float:
        """How far the target is away, in sides."""
        moved = math.dist(self.box.center, target.center)
        return (moved + abs(target.side - self.box.side)) / self.box.side


class Sightings:
    """The latest squares of one face, which past and future together steady.

    Args:
        bridge_s: Longest absence that is bridged [s].
    """

    def __init__(self, bridge_s: float) -> None:
        self._bridge_s = bridge_s
        self._times_s: list[float] = []
        self._boxes: list[FaceBox] = []
        # The same as rows of numbers, each the median of itself and its neighbours as soon as
        # both are known.
        self._rows: list[Row] = []

    def __len__(self) -> int:
        return len(self._boxes)

    def add(self, time_s: float, box: FaceBox) -> None:
        """Take the detected square of a later frame."""
        self._times_s.append(time_s)
        self._boxes.append(box.rolled_like(self._boxes[-1]) if self._boxes else box)
        self._rows.append(_row(self._boxes[-1]))
        last = len(self._boxes) - 1
        if last >= 2 and self._is_joined(last - 2) and self._is_joined(last - 1):
            self._rows[-2] = _row(median_box(self._boxes[-3:]))

    def forget(self, before_s: float) -> None:
        """Drop what is older."""
        row = bisect_left(self._times_s, before_s)
        del self._times_s[:row], self._boxes[:row], self._rows[:row]

    def at(self, time_s: float) -> tuple[FaceBox, bool] | None:
        """Return the steady square at a time.

        Args:
            time_s: Time of a frame [s].

        Returns:
            The square and whether it bridges an absence; None in a longer absence.
        """
        row = bisect_left(self._times_s, time_s)
        if row == len(self._boxes):
            return None
        after_s = self._times_s[row]
        if after_s == time_s:
            return self._steady(row), False
        if row == 0 or after_s - self._times_s[row - 1] > self._bridge_s:
            return None
        before_s = self._times_s[row - 1]
        weight = (time_s - before_s) / (after_s - before_s)
        return blend(self._steady(row - 1), self._steady(row), weight), True

    def _steady(self, row: int) -> FaceBox:
        """Fit a straight line through the neighbourhood; so a moving face is not displaced."""
        window_s = min(WINDOW_S, self._bridge_s)
        times_s = np.array(self._times_s) - self._times_s[row]
        near = np.flatnonzero(np.abs(times_s) < window_s)
        weights, times_s = 1 - np.abs(times_s[near]) / window_s, times_s[near]
        boxes = np.array([self._rows[other] for other in near])
        total, first, second = (float((weights * times_s**power).sum()) for power in (0, 1, 2))
        if not second:  # one square alone
            return _from_row(boxes[0])
        # Weighted least squares; its value at time 0.
        values, slopes = weights @ boxes, (weights * times_s) @ boxes
        return _from_row((second * values - first * slopes) / (total * second - first**2))

    def _is_joined(self, row: int) -> bool:
        return self._times_s[row + 1] - self._times_s[row] <= self._bridge_s


def blend(first: FaceBox, second: FaceBox, weight: float) -> FaceBox:
    """Return the square between two: the first at weight 0, the second at 1."""
    return mean_box((first, second), (1 - weight, weight))


def mean_box(boxes: Sequence[FaceBox], weights: Sequence[float]) -> FaceBox:
    """Return the weighted mean of several squares."""
    return _from_row(np.average(_table(boxes), axis=0, weights=weights))


def median_box(boxes: Sequence[FaceBox]) -> FaceBox:
    """Return the square with the median middle and the median side of several."""
    # Numpy takes five times as long for a few numbers.
    return _from_row([median(values) for values in zip(*map(_row, boxes), strict=True)])


def _table(boxes: Sequence[FaceBox]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.array([_row(box) for box in boxes])


def _row(box: FaceBox) -> Row:
    return (*box.center, box.side, box.score, box.roll)


def _from_row(row: Iterable[float]) -> FaceBox:
    center_x, center_y, side, score, roll = map(float, row)
    return FaceBox(center_x - side / 2, center_y - side / 2, side, score, roll)
