"""OpenCV's Haar cascades: faces without any download."""

import threading
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.faces.agreement import Agreement, open_cascade, rolled
from core.faces.box import FaceBox
from core.faces.region import SEARCH_PX, SMALLEST_FACE, Region, resize

# Frames are reduced until the smallest face is so wide. Less would lose the smallest ones.
LEAST_PX = SEARCH_PX * SMALLEST_FACE
# Windows grow by this factor, and so many of them must agree on a face.
STEP, WINDOWS = 1.1, 4
NEAR_STEP, NEAR_WINDOWS = 1.15, 3
# A glance takes larger steps: half the time, and of faces that differ from sight to sight (small,
# tilted) it misses some that the next glance may find.
GLANCE_STEP, GLANCE_WINDOWS = 1.2, 2
# A known face is searched at this width [px]: on 241 faces of 14 clips the squares were as close
# to YuNet's as at 56 px in the steps of the whole search (overlap 0.890 and 0.886), in two thirds
# of the time.
NEAR_PX = 48
# Near a known face [its sides], faces of these sizes are found.
SMALLEST_NEAR, LARGEST_NEAR = 0.6, 1.6


class HaarDetector:
    """OpenCV's bundled frontal-face cascade: needs no download and no GPU.

    It finds faces that are tilted by up to about 15°. What it finds in a whole frame is put before
    two more cascades, whose agreement is the score.
    """

    name = "haar"
    knows_tilt = True
    licence = "Intel licence (BSD style), part of OpenCV"

    def __init__(self) -> None:
        self._cascade = open_cascade("frontalface_alt2")
        self._lock = threading.Lock()  # a cascade keeps its image pyramid between calls
        self._agreement = Agreement()

    def detect(self, frame: NDArray[np.uint8]) -> list[FaceBox]:
        """See ``core.faces.detectors.FaceDetector``."""
        return self.detect_from(frame, max(frame.shape[:2]) * SMALLEST_FACE)

    def detect_from(self, frame: NDArray[np.uint8], smallest: float) -> list[FaceBox]:
        """See ``core.faces.detectors.ThoroughDetector``."""
        return self._detect(frame, smallest, scaleFactor=STEP, minNeighbors=WINDOWS)

    def glance(self, frame: NDArray[np.uint8], known: Sequence[FaceBox]) -> list[FaceBox]:
        """See ``core.faces.detectors.ThoroughDetector``."""
        smallest = max(frame.shape[:2]) * SMALLEST_FACE
        steps = {"scaleFactor": GLANCE_STEP, "minNeighbors": GLANCE_WINDOWS}
        return self._detect(frame, smallest, known, **steps)

    def level(self, frame: NDArray[np.uint8], box: FaceBox) -> FaceBox:
        """See ``core.faces.detectors.ThoroughDetector``."""
        return self._agreement.best(frame, [box, *rolled(box, (-15, 15))])

    def detect_near(self, frame: NDArray[np.uint8], around: FaceBox) -> list[FaceBox]:
        """See ``core.faces.detectors.NearDetector``."""
        region = Region.around(frame, around, min(1.0, NEAR_PX / around.side))
        side = around.side * region.factor
        least, most = int(side * SMALLEST_NEAR), int(side * LARGEST_NEAR)
        if min(region.image.shape[:2]) < max(least, 20):
            return []
        found = self._search(
            region.image,
            scaleFactor=NEAR_STEP,
            minNeighbors=NEAR_WINDOWS,
            minSize=(least, least),
            maxSize=(most, most),
        )
        return [region.to_frame(box) for box in found]

    def _detect(
        self,
        frame: NDArray[np.uint8],
        smallest: float,
        known: Sequence[FaceBox] = (),
        **steps: Any,
    ) -> list[FaceBox]:
        """Search a whole frame, and ask the other cascades about what is new there."""
        factor = min(1.0, LEAST_PX / smallest)
        small, least = resize(frame, factor), int(smallest * factor)
        if min(small.shape[:2]) < max(least, 20):
            return []
        found = self._search(small, minSize=(least, least), **steps)
        boxes = [box.scaled(1 / factor) for box in found]
        return self._agreement.confirmed(frame, (b for b in boxes if b.is_apart_from(known)))

    def _search(self, small: NDArray[np.uint8], **sizes: Any) -> list[FaceBox]:
        """Search a reduced picture; ``sizes`` are those of ``detectMultiScale``."""
        grey = cv2.equalizeHist(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
        with self._lock:
            found = self._cascade.detectMultiScale(grey, **sizes)
        return [FaceBox(float(x), float(y), float(w)) for x, y, w, _ in found]
