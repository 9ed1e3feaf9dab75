"""OpenCV's Haar cascades: faces without any download."""

import threading

import cv2
import numpy as np
from numpy.typing import NDArray

from core.faces.agreement import Agreement, open_cascade, rolled
from core.faces.box import FaceBox
from core.faces.region import SEARCH_PX, SMALLEST_FACE, Region, near_factor, resize

# Frames are reduced until the smallest face is so wide.
LEAST_PX = SEARCH_PX * SMALLEST_FACE
# Near a known face [its sides], faces of at least this size are found.
SMALLEST_NEAR = 0.6


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
        factor = min(1.0, LEAST_PX / smallest)
        found = self._search(resize(frame, factor), int(smallest * factor))
        return self._agreement.confirmed(frame, [box.scaled(1 / factor) for box in found])

    def level(self, frame: NDArray[np.uint8], box: FaceBox) -> FaceBox:
        """See ``core.faces.detectors.ThoroughDetector``."""
        return self._agreement.best(frame, [box, *rolled(box, (-15, 15))])

    def detect_near(self, frame: NDArray[np.uint8], around: FaceBox) -> list[FaceBox]:
        """See ``core.faces.detectors.NearDetector``."""
        region = Region.around(frame, around, near_factor(around))
        smallest = int(around.side * region.factor * SMALLEST_NEAR)
        return [region.to_frame(box) for box in self._search(region.image, smallest)]

    def _search(self, small: NDArray[np.uint8], smallest: int) -> list[FaceBox]:
        if min(small.shape[:2]) < max(smallest, 20):
            return []
        grey = cv2.equalizeHist(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
        with self._lock:
            found = self._cascade.detectMultiScale(grey, 1.1, 4, minSize=(smallest, smallest))
        return [FaceBox(float(x), float(y), float(w)) for x, y, w, _ in found]
