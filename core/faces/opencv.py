"""The detectors that come with OpenCV, or run in it."""

import hashlib
import threading
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import DetectorError
from core.faces.box import FaceBox
from core.faces.region import SEARCH_PX, cut_around, resize, search_factor

YUNET_SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"
YUNET_FILE = "face_detection_yunet_2023mar.onnx"
YUNET_REPOSITORY = "opencv/face_detection_yunet"

# Faces down to this share of the frame's longer side are found.
SMALLEST_FACE = 1 / 10
# Near a known face [its sides], faces of at least this size are found.
SMALLEST_NEAR = 0.6


class HaarDetector:
    """OpenCV's bundled frontal-face cascade: needs no download and no GPU."""

    name = "haar"
    licence = "Intel licence (BSD style), part of OpenCV"

    def __init__(self) -> None:
        path = Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_alt2.xml"
        if not hasattr(cv2, "CascadeClassifier") or not path.is_file():
            raise DetectorError(
                f"OpenCV {cv2.__version__} has no Haar cascades; install opencv-python>=4.14,<5"
            )
        self._cascade = cv2.CascadeClassifier(str(path))
        self._lock = threading.Lock()  # a cascade keeps its image pyramid between calls

    def detect(self, frame: NDArray[np.uint8]) -> list[FaceBox]:
        """See ``core.faces.detectors.FaceDetector``."""
        factor = search_factor(frame)
        smallest = int(max(frame.shape[:2]) * factor * SMALLEST_FACE)
        boxes = self._search(resize(frame, factor), smallest)
        return [box.scaled(1 / factor) for box in boxes]

    def detect_near(self, frame: NDArray[np.uint8], around: FaceBox) -> list[FaceBox]:
        """See ``core.faces.search.NearDetector``."""
        factor = search_factor(frame)
        region, left, top = cut_around(frame, around)
        boxes = self._search(resize(region, factor), int(around.side * factor * SMALLEST_NEAR))
        return [box.scaled(1 / factor).shifted(left, top) for box in boxes]

    def _search(self, small: NDArray[np.uint8], smallest: int) -> list[FaceBox]:
        if min(small.shape[:2]) < max(smallest, 20):
            return []
        grey = cv2.equalizeHist(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
        with self._lock:
            found = self._cascade.detectMultiScale(grey, 1.1, 4, minSize=(smallest, smallest))
        return [FaceBox(float(x), float(y), float(w)) for x, y, w, _ in found]


class YuNetDetector:
    """OpenCV Zoo's YuNet, when its 233 kB file is at hand."""

    name = "yunet"
    licence = "MIT"

    def __init__(self, path: Path) -> None:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest != YUNET_SHA256:
            raise DetectorError(
                f"{path} is not the YuNet file we know (sha256 {digest[:12]}…, expected "
                f"{YUNET_SHA256[:12]}…); fetch {YUNET_FILE} from {YUNET_REPOSITORY} again"
            )
        self._net = cv2.FaceDetectorYN.create(str(path), "", (SEARCH_PX, SEARCH_PX), 0.6)
        self._lock = threading.Lock()  # its input size is a setting of the network

    def detect(self, frame: NDArray[np.uint8]) -> list[FaceBox]:
        """See ``core.faces.detectors.FaceDetector``."""
        factor = search_factor(frame)
        return [box.scaled(1 / factor) for box in self._search(resize(frame, factor))]

    def detect_near(self, frame: NDArray[np.uint8], around: FaceBox) -> list[FaceBox]:
        """See ``core.faces.search.NearDetector``."""
        factor = search_factor(frame)
        region, left, top = cut_around(frame, around)
        boxes = self._search(resize(region, factor))
        return [box.scaled(1 / factor).shifted(left, top) for box in boxes]

    def _search(self, small: NDArray[np.uint8]) -> list[FaceBox]:
        if min(small.shape[:2]) < 16:
            return []
        with self._lock:
            self._net.setInputSize((small.shape[1], small.shape[0]))
            _, found = self._net.detect(cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
        if found is None:
            return []
        return [
            FaceBox.from_tight_box(*(float(value) for value in (*row[:4], row[14])))
            for row in found
        ]
