"""What can still be tried where the plain search finds nobody, or nobody surely?"""

import math
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from core.faces.box import SAME_FACE, FaceBox
from core.faces.detectors import ThoroughDetector
from core.faces.region import SMALLEST_TILTED, resize, smallest_face, turned_back

# Boxes of this score are believed at once; others when no other view has a better one.
SURE = 0.6
# A sweep over all views is followed by a pause, twice as long whenever it was in vain [s].
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 4.0
# A box where a face was accepted so short a time ago is believed, too [s].
TRUST_S = 0.5
# Who was here so short a time ago is hidden rather than upside down: no view is tried yet [s].
# One that helps after that still ends a gap which can be bridged.
HIDDEN_S = 0.25
# The tilt of heads is told anew so often [s].
LEVEL_S = 1.0
# Turned views are searched at this size [px].
TURNED_PX = 640
# The border that makes room for a face which overfills the frame [its sides].
BORDER = 0.5

Image = NDArray[np.uint8]
View = Callable[[ThoroughDetector, Image], list[FaceBox]]


class Sweep:
    """Searches in further views: small faces, overfilling ones, and heads tilted by any angle.

    A view that helped is searched along with the plain one from then on, until it no longer does.

    Args:
        detector: Finds the faces.
    """

    def __init__(self, detector: ThoroughDetector) -> None:
        self._detector = detector
        self._helpful: View | None = None
        self._trusted: list[FaceBox] = []
        self._trusted_until_s = -math.inf
        self._swept_s, self._pause_s = -math.inf, SHORTEST_PAUSE_S
        self._leveled_s = -math.inf

    @property
    def has_view(self) -> bool:
        """Whether a view helps that must be searched along with the plain one."""
        return self._helpful is not None

    def complete(self, frame: Image, time_s: float, plain: list[FaceBox]) -> list[FaceBox]:
        """Turn what the plain search found into what is believed.

        Args:
            frame: ``(h, w, 3)`` uint8 RGB.
            time_s: Its time [s].
            plain: Boxes of a search in the whole frame.
        """
        found = plain
        if self._helpful:
            helped = self._helpful(self._detector, frame)
            found = best_of_each(plain + helped)
            if not any(box in helped for box in found):
                self._helpful = None
        believed = [box for box in found if self._is_believed(box, time_s)]
        is_gone = time_s > self._trusted_until_s - TRUST_S + HIDDEN_S
        is_gone &= time_s >= self._swept_s + self._pause_s
        if not believed and is_gone:
            believed = self._sweep(frame, time_s, plain)
        if not self._detector.knows_tilt:
            believed = self._leveled(frame, time_s, believed)
        if believed:
            self.trust(believed, time_s)
            self._pause_s = SHORTEST_PAUSE_S
        return believed

    def trust(self, boxes: list[FaceBox], time_s: float) -> None:
        """Note where faces are known to be."""
        self._trusted, self._trusted_until_s = boxes, time_s + TRUST_S

    def forget(self) -> None:
        """Start anew: the next frame shows another place."""
        self._helpful = None
        self._trusted, self._trusted_until_s = [], -math.inf
        self._pause_s = SHORTEST_PAUSE_S

    def _is_believed(self, box: FaceBox, time_s: float) -> bool:
        if box.score >= SURE:
            return True
        is_fresh = time_s <= self._trusted_until_s
        return is_fresh and any(box.overlap(known) >= SAME_FACE for known in self._trusted)

    def _leveled(self, frame: Image, time_s: float, boxes: list[FaceBox]) -> list[FaceBox]:
        """Tell the tilt of heads, now and then anew, in between as it was."""
        if time_s >= self._leveled_s + LEVEL_S:
            self._leveled_s = time_s
            return [self._detector.level(frame, box) for box in boxes]
        rolls = [
            next((old.roll for old in self._trusted if old.overlap(box) >= SAME_FACE), box.roll)
            for box in boxes
        ]
        return [replace(box, roll=roll) for box, roll in zip(boxes, rolls, strict=True)]

    def _sweep(self, frame: Image, time_s: float, plain: list[FaceBox]) -> list[FaceBox]:
        """Search view by view until one has a sure face; else take the surest there is."""
        self._helpful, best = None, plain
        for view in VIEWS:
            if _surest(best) >= SURE:
                break
            found = view(self._detector, frame)
            if _surest(found) > _surest(best):
                self._helpful, best = view, found
        self._swept_s, self._pause_s = time_s, min(2 * self._pause_s, LONGEST_PAUSE_S)
        sure = [box for box in best if box.score >= min(SURE, _surest(best))]
        return [self._detector.level(frame, box) if box.roll else box for box in sure]


def best_of_each(boxes: list[FaceBox]) -> list[FaceBox]:
    """Of boxes that show the same face keep the surest."""
    kept: list[FaceBox] = []
    for box in sorted(boxes, key=lambda box: -box.score):
        if box.is_apart_from(kept):
            kept.append(box)
    return kept


def _surest(boxes: list[FaceBox]) -> float:
    return max((box.score for box in boxes), default=0.0)


def _fine(detector: ThoroughDetector, frame: Image) -> list[FaceBox]:
    height, width = frame.shape[:2]
    return detector.detect_from(frame, smallest_face((width, height)))


def _bordered(detector: ThoroughDetector, frame: Image) -> list[FaceBox]:
    """Search with a repeated border around the frame."""
    height, width = frame.shape[:2]
    room = round(BORDER * min(height, width))
    wide = cv2.copyMakeBorder(frame, room, room, room, room, cv2.BORDER_REPLICATE)
    return [box.shifted(-room, -room) for box in detector.detect(np.asarray(wide, np.uint8))]


def _turned(roll: int) -> View:
    """A view in which heads tilted clockwise by ``roll`` degrees are upright."""

    def view(detector: ThoroughDetector, frame: Image) -> list[FaceBox]:
        factor = min(1.0, TURNED_PX / max(frame.shape[:2]))
        small = resize(frame, factor)
        height, width = small.shape[:2]
        middle = width / 2, height / 2
        matrix = cv2.getRotationMatrix2D(middle, roll, 1.0)
        cos, sin = np.abs(matrix[0, :2])
        size = math.ceil(width * cos + height * sin), math.ceil(width * sin + height * cos)
        left, top = (size[0] - width) / 2, (size[1] - height) / 2
        matrix[:, 2] += left, top
        upright = np.asarray(cv2.warpAffine(small, matrix, size), np.uint8)
        boxes = []
        for box in detector.detect_from(upright, max(width, height) * SMALLEST_TILTED):
            found = box.shifted(-left, -top)
            x, y = turned_back(found.center, middle, roll)
            corner = x - box.side / 2, y - box.side / 2
            boxes.append(FaceBox(*corner, box.side, box.score, roll).scaled(1 / factor))
        return boxes

    return view


VIEWS: tuple[View, ...] = (
    _bordered,
    _fine,
    *(_turned(roll) for angle in (30, 60, 90, 120, 150) for roll in (angle, -angle)),
    _turned(180),
)
