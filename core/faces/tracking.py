"""Which face of this frame is which face of the frames before?"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.faces.box import SAME_FACE, FaceBox
from core.faces.looks import Look
from core.faces.steady import SMOOTHING_S, SteadyBox

# A longer absence ends a track [s].
BRIDGE_S = 0.5
# A live face that was just lost keeps its last box for so long [s].
HOLD_S = 0.3
# An ended track is taken up again by a face in its old place for so long [s].
RETURN_S = 30.0
# Who was lost is found again at most this far away [mean sides] and this much larger or smaller.
RETURN_DISTANCE = 1.5
RETURN_RATIO = 1.6
# Beside a live face that was seen this often, another is told of once it was, too: a false alarm
# rarely lasts.
CONFIRMED = 3
# A box with this share of its area inside a larger one is a part of that face.
NESTED = 0.6


Likeness = Callable[[FaceBox, FaceBox], float]


@dataclass(frozen=True)
class Tracked:
    """A face that is followed.

    Attributes:
        face_id: Number of the face, from 0 in the order of appearance.
        box: Smoothed face square [px].
        seen: False while a face that was just lost keeps its last box.
    """

    face_id: int
    box: FaceBox
    seen: bool


@dataclass
class _Track:
    """A face and where it was seen last; ``look`` only where the pictures are known."""

    face_id: int
    box: FaceBox
    seen_s: float
    shot: int
    look: Look | None
    replaced: bool = False
    sightings: int = 1

    def is_replaced_by(self, time_s: float, look: Look | None) -> bool:
        """Whether another picture stands in the place a moment later, or still does."""
        is_moment = time_s - self.seen_s <= BRIDGE_S
        if self.look is None or look is None or not (is_moment or self.replaced):
            return False
        return not self.look.goes_on(look)


class FaceNumbers:
    """Gives the faces of consecutive frames lasting numbers, by the overlap of their boxes.

    No face is compared with another by its looks: someone who comes back near the place that was
    left less than ``RETURN_S`` ago keeps the number, elsewhere it is a new one. Only from one
    moment to the next it is seen whether the picture goes on: a cut, or somebody else in the same
    place, begins a new number.
    """

    def __init__(self) -> None:
        self._tracks: list[_Track] = []
        self._next_id = 0

    def assign(
        self,
        time_s: float,
        boxes: Sequence[FaceBox],
        *,
        image: NDArray[np.uint8] | None = None,
        shot: int = 0,
    ) -> dict[int, FaceBox]:
        """Number the faces of the next frame.

        Args:
            time_s: Time of the frame, later than the frame before [s].
            boxes: What the detector found, any order.
            image: The frame, ``(h, w, 3)`` uint8 RGB, to see exchanges in.
            shot: Number of its shot.

        Returns:
            Box by face number.
        """
        self._tracks = [track for track in self._tracks if time_s - track.seen_s <= RETURN_S]
        here = [track for track in self._tracks if track.shot == shot]
        running = [track for track in here if time_s - track.seen_s <= BRIDGE_S]
        remaining = without_nested(boxes)
        looks = {box: None if image is None else Look.around(image, box) for box in remaining}
        assigned: dict[int, FaceBox] = {}
        for tracks, likeness in ((running, _overlap), (here, _nearness)):

            def likely(track: _Track, box: FaceBox, likeness: Likeness = likeness) -> float:
                is_other = track.is_replaced_by(time_s, looks[box])
                return 0.0 if is_other else likeness(track.box, box)

            waiting = [track for track in tracks if track.face_id not in assigned]
            for track, box in _pair_up(waiting, remaining, likely):
                track.box, track.seen_s, track.look = box, time_s, looks[box]
                track.replaced = False
                track.sightings += 1
                assigned[track.face_id] = box
                remaining.remove(box)
        for box in remaining:
            for track in running:
                track.replaced |= track.face_id not in assigned and _overlap(track.box, box) > 0
            self._tracks.append(_Track(self._next_id, box, time_s, shot, looks[box]))
            assigned[self._next_id] = box
            self._next_id += 1
        return assigned

    def seen_often(self, least: int) -> set[int]:
        """Numbers that were given to so many frames or more, of those that may be given again."""
        return {track.face_id for track in self._tracks if track.sightings >= least}


class FaceTracker:
    """Follows faces while frames arrive: numbers them, steadies their boxes, holds lost ones.

    Whoever comes first is told of at once, others beside somebody when they were seen again.

    Args:
        smoothing_s: Time constant of a face at rest [s].
        hold_s: How long a lost face keeps its last box [s].
    """

    def __init__(self, smoothing_s: float = SMOOTHING_S, hold_s: float = HOLD_S) -> None:
        self._smoothing_s = smoothing_s
        self._hold_s = hold_s
        self._numbers = FaceNumbers()
        self._steady: dict[int, SteadyBox] = {}

    def update(self, time_s: float, boxes: Sequence[FaceBox]) -> list[Tracked]:
        """Take the boxes of the next frame.

        Args:
            time_s: Time of the frame, later than the frame before [s].
            boxes: What the detector found, any order.

        Returns:
            The faces in view by number, those just lost included.
        """
        assigned = self._numbers.assign(time_s, boxes)
        for face_id, box in assigned.items():
            steady = self._steady.setdefault(face_id, SteadyBox(self._smoothing_s))
            steady.update(time_s, box)
        self._steady = {
            face_id: steady
            for face_id, steady in self._steady.items()
            if time_s - steady.seen_s <= self._hold_s
        }
        confirmed = self._steady.keys() & self._numbers.seen_often(CONFIRMED)
        return [
            Tracked(face_id, steady.box, face_id in assigned)
            for face_id, steady in sorted(self._steady.items())
            if face_id in confirmed or not confirmed
        ]


def without_nested(boxes: Sequence[FaceBox]) -> list[FaceBox]:
    """Drop boxes that lie mostly inside a larger one, and of equal ones all but one."""
    kept: list[FaceBox] = []
    for box in sorted(boxes, key=lambda box: (-box.side, box.x, box.y)):
        if all(box.share_inside(larger) < NESTED for larger in kept):
            kept.append(box)
    return kept


def _overlap(first: FaceBox, second: FaceBox) -> float:
    """Likeness of boxes in neighbouring frames; 0 for different faces."""
    overlap = first.overlap(second)
    return overlap if overlap >= SAME_FACE else 0.0


def _nearness(first: FaceBox, second: FaceBox) -> float:
    """Likeness of a lost face and one that appears; 0 for different faces."""
    small, large = sorted((first.side, second.side))
    distance = math.dist(first.center, second.center) / ((small + large) / 2)
    is_alike = distance <= RETURN_DISTANCE and large <= RETURN_RATIO * small
    return 1 / (1 + distance) if is_alike else 0.0


def _pair_up(
    tracks: list[_Track],
    boxes: list[FaceBox],
    likeness: Callable[[_Track, FaceBox], float],
) -> list[tuple[_Track, FaceBox]]:
    """Pair tracks with boxes, the most alike first; each at most once, the unlike never."""
    candidates = [
        (likeness(track, box), row, column)
        for row, track in enumerate(tracks)
        for column, box in enumerate(boxes)
    ]
    pairs: dict[int, int] = {}
    for like, row, column in sorted(candidates, key=lambda entry: (-entry[0], *entry[1:])):
        if like > 0 and row not in pairs and column not in pairs.values():
            pairs[row] = column
    return [(tracks[row], boxes[column]) for row, column in pairs.items()]
