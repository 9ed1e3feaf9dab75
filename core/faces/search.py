"""Where must be searched for faces, if the frame before is known?"""

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from core.faces.box import FaceBox
from core.faces.detectors import FaceDetector

# The whole frame is searched at least this often, for newcomers [s].
NEWCOMERS_S = 1.0
# After a face was lost the whole frame is searched for so long [s]: a gap that can be bridged.
LOST_S = 0.5
# A box found near a known face is that face from this overlap on.
SAME_FACE = 0.2


@runtime_checkable
class NearDetector(FaceDetector, Protocol):
    """A detector that can save work where it knows about where a face is."""

    def detect_near(self, frame: NDArray[np.uint8], around: FaceBox) -> list[FaceBox]:
        """Find faces near a known one.

        Args:
            frame: ``(h, w, 3)`` uint8 RGB, the whole frame.
            around: The face in the frame before.

        Returns:
            Faces of about the same size within about half a side of it, frame pixels; the same
            boxes that ``detect`` finds there, but for rounding.
        """
        ...


class RegionSearch:
    """Detects in consecutive frames of one video; the detector itself may be shared.

    Each known face is looked for around its last place. The whole frame is searched when no face
    is known, when one was lost, and every second for newcomers. A detector that cannot search a
    part of a frame more cheaply is always given the whole.

    Args:
        detector: Finds the faces.
    """

    def __init__(self, detector: FaceDetector) -> None:
        self._detector = detector
        self._known: list[FaceBox] = []
        self._searched_s = -np.inf
        self._lost_s = -np.inf

    def detect(self, frame: NDArray[np.uint8], time_s: float) -> list[FaceBox]:
        """Find the faces of the next frame.

        Args:
            frame: ``(h, w, 3)`` uint8 RGB.
            time_s: Its time, later than the frame before [s].

        Returns:
            Boxes in any order, frame pixels.
        """
        detector = self._detector
        if not isinstance(detector, NearDetector):
            return detector.detect(frame)
        if not self._must_search_all(time_s):
            found = self._look_around(detector, frame)
            if len(found) == len(self._known):
                self._known = found
                return found
            self._lost_s = time_s
        self._known = detector.detect(frame)
        self._searched_s = time_s
        return self._known

    def _must_search_all(self, time_s: float) -> bool:
        return (
            not self._known
            or time_s - self._searched_s >= NEWCOMERS_S
            or time_s - self._lost_s <= LOST_S
        )

    def _look_around(self, detector: NearDetector, frame: NDArray[np.uint8]) -> list[FaceBox]:
        """Find each known face again, each box at most once."""
        found: list[FaceBox] = []
        for known in self._known:
            near = [
                box
                for box in detector.detect_near(frame, known)
                if box.overlap(known) >= SAME_FACE
                and all(box.overlap(other) < SAME_FACE for other in found)
            ]
            if not near:
                return []
            found.append(max(near, key=known.overlap))
        return found
