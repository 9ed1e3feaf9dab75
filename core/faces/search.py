"""Where must be searched for faces, if the frame before is known?"""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.faces.box import SAME_FACE, FaceBox
from core.faces.detectors import FaceDetector, NearDetector, ThoroughDetector
from core.faces.framing.framer import FaceFramer
from core.faces.looks import Look
from core.faces.sweep import SURE, Sweep

# The whole frame is searched at least this often, for newcomers [s].
NEWCOMERS_S = 1.0
# After a face was lost the whole frame is searched until it is back, at most for so long [s]: a
# gap that can be bridged.
LOST_S = 0.5
# A face that is not where it was may have nodded to a side: it is looked for tilted, too [degrees].
NODS = (-20.0, 20.0)
# After two moves of less than this every other frame is taken to hold the same boxes [sides].
STILL = 0.03
# After two of less than this every other frame is only framed, from the box before: the framer
# corrects what is three times as far off. Squares in 14 clips differ by 0.004 sides on average from
# those of a search in every frame; by 0.003 if only still faces wait.
SLOW = 0.1


class RegionSearch:
    """Detects in consecutive frames of one video; the detector itself may be shared.

    Each known face is looked for around its last place, a slow one in every other frame, and every
    second the whole frame is given a glance for newcomers. It is searched when no face is known or
    one was lost; where that finds nobody, now and then in further views. A detector that cannot
    search a part of a frame more cheaply is always given the whole.

    Args:
        detector: Finds the faces.
        framer: Frames what it found; None leaves every detector its own framing.
    """

    def __init__(self, detector: FaceDetector, framer: FaceFramer | None = None) -> None:
        self._detector, self._framer = detector, framer
        # Asked once: what a class offers is looked up name by name, in a tenth of a millisecond.
        self._near = detector if isinstance(detector, NearDetector) else None
        self._thorough = detector if isinstance(detector, ThoroughDetector) else None
        self._sweep = Sweep(self._thorough) if self._thorough else None
        self.forget()

    def forget(self) -> None:
        """Start anew: the next frame shows another place."""
        self._known: list[FaceBox] = []
        self._lost: list[FaceBox] = []
        self._framed: list[FaceBox] = []
        self._looks: list[Look] = []
        self._repeats = False
        self._searched_s = -np.inf
        self._lost_s = -np.inf
        self._still = self._slow = 0
        if self._sweep:
            self._sweep.forget()

    def detect(self, frame: NDArray[np.uint8], time_s: float) -> list[FaceBox]:
        """Find the faces of the next frame.

        Args:
            frame: ``(h, w, 3)`` uint8 RGB.
            time_s: Its time, later than the frame before [s].

        Returns:
            Boxes in any order, frame pixels.
        """
        found = self._find(frame, time_s)
        if self._framer is None:
            return found
        if not self._repeats:
            self._framed = self._framer.frame(frame, found)
        return self._framed

    def _find(self, frame: NDArray[np.uint8], time_s: float) -> list[FaceBox]:
        """Search a frame, unless it ``_repeats`` the boxes of the one before."""
        self._repeats = False
        if self._near is None:
            return self._detector.detect(frame)
        if not self._must_search_all(time_s):
            if self._may_wait() and not self._is_due(time_s) and self._goes_on(frame):
                self._repeats = self._still >= 2
                self._still, self._slow = min(self._still, 1), 1
                return self._known
            found = self._look_around(self._near, frame)
            if len(found) == len(self._known):
                self._note_moves(found)
                if self._is_due(time_s):
                    found += self._newcomers(frame, found)
                    self._searched_s = time_s
                self._known = found
                # Remembered only where the next frame may be compared with it.
                self._looks = self._look_at_known(frame) if self._may_wait() else []
                if self._sweep:
                    self._sweep.trust(found, time_s)
                return found
            self._lost, self._lost_s = self._known, time_s
        return self._search_all(frame, time_s)

    def _search_all(self, frame: NDArray[np.uint8], time_s: float) -> list[FaceBox]:
        self._still = self._slow = 0
        self._known = self._detector.detect(frame)
        if self._sweep:
            self._known = self._sweep.complete(frame, time_s, self._known)
        if not any(face.is_apart_from(self._known) for face in self._lost):
            self._lost_s = -np.inf
        self._searched_s = time_s
        return self._known

    def _must_search_all(self, time_s: float) -> bool:
        return (
            not self._known
            or time_s - self._lost_s <= LOST_S
            or (self._is_due(time_s) and not self._may_glance())
        )

    def _may_wait(self) -> bool:
        """Whether faces are so still, or so slow for the framer, that no search is due."""
        return self._still >= 2 or (self._framer is not None and self._slow >= 2)

    def _look_at_known(self, frame: NDArray[np.uint8]) -> list[Look]:
        return [Look.around(frame, face) for face in self._known]

    def _goes_on(self, frame: NDArray[np.uint8]) -> bool:
        """Whether the places of the known faces show what they showed when they were searched."""
        return all(
            seen.goes_on(now) and seen.is_flat == now.is_flat
            for seen, now in zip(self._looks, self._look_at_known(frame), strict=True)
        )

    def _is_due(self, time_s: float) -> bool:
        return time_s - self._searched_s >= NEWCOMERS_S

    def _may_glance(self) -> bool:
        """Whether newcomers would show in the plain view: whoever is known does."""
        return self._sweep is not None and not self._sweep.has_view

    def _newcomers(self, frame: NDArray[np.uint8], known: list[FaceBox]) -> list[FaceBox]:
        """Find faces beside the known ones at a glance."""
        if self._thorough is None:
            return []
        return [box for box in self._thorough.glance(frame, known) if box.score >= SURE]

    def _look_around(self, detector: NearDetector, frame: NDArray[np.uint8]) -> list[FaceBox]:
        """Find each known face again, each box at most once."""
        found: list[FaceBox] = []
        for known in self._known:
            near = self._look_near(detector, frame, known, found)
            if not near:
                return []
            found.append(max(near, key=known.overlap))
        return found

    def _look_near(
        self, detector: NearDetector, frame: NDArray[np.uint8], known: FaceBox, taken: list[FaceBox]
    ) -> list[FaceBox]:
        """Find one known face again, and if it must be, tilted; boxes of others are left out."""
        nods = NODS if self._thorough and self._thorough.knows_tilt else ()
        for nod in (0.0, *nods):
            near = [
                box
                for box in detector.detect_near(frame, replace(known, roll=known.roll + nod))
                if box.overlap(known) >= SAME_FACE and box.is_apart_from(taken)
            ]
            if near:
                return near
        return []

    def _note_moves(self, found: list[FaceBox]) -> None:
        moves = [
            (math.dist(old.center, new.center) + abs(old.side - new.side)) / old.side
            for old, new in zip(self._known, found, strict=True)
        ]
        self._still = self._still + 1 if max(moves) < STILL else 0
        self._slow = self._slow + 1 if max(moves) < SLOW else 0
