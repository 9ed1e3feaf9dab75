"""YuNet, OpenCV Zoo's small face detector; ``python -m core.faces.yunet`` fetches its file."""

import hashlib
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import DetectorError
from core.faces.agreement import SURE_TILT, Agreement, rolled
from core.faces.box import FaceBox
from core.faces.region import SEARCH_PX, Region, resize, search_factor

YUNET_SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"
YUNET_FILE = "face_detection_yunet_2023mar.onnx"
YUNET_REPOSITORY = "opencv/face_detection_yunet"
FETCH_COMMAND = "python -m core.faces.yunet"

# The network's own boxes below this score are left out.
LEAST_SCORE = 0.6
# Faces are found from about this width on [px searched].
LEAST_PX = 16
# A known face is searched at this width [px].
NEAR_PX = 56


class YuNetDetector:
    """OpenCV Zoo's YuNet, when its 233 kB file is at hand.

    It finds heads tilted by any angle, yet draws their eyes and mouth nearly upright; so the tilt
    is asked of the cascades.
    """

    name = "yunet"
    knows_tilt = False
    licence = "MIT"

    def __init__(self, path: Path) -> None:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest != YUNET_SHA256:
            raise DetectorError(
                f"{path} is not the YuNet file we know (sha256 {digest[:12]}…, expected "
                f"{YUNET_SHA256[:12]}…); fetch {YUNET_FILE} from {YUNET_REPOSITORY} again"
            )
        self._net = cv2.FaceDetectorYN.create(str(path), "", (SEARCH_PX, SEARCH_PX), LEAST_SCORE)
        self._lock = threading.Lock()  # its input size is a setting of the network
        self._agreement = Agreement()

    def detect(self, frame: NDArray[np.uint8]) -> list[FaceBox]:
        """See ``core.faces.detectors.FaceDetector``."""
        return self.detect_from(frame, LEAST_PX / search_factor(frame))

    def detect_from(self, frame: NDArray[np.uint8], smallest: float) -> list[FaceBox]:
        """See ``core.faces.detectors.ThoroughDetector``."""
        factor = max(search_factor(frame), min(1.0, LEAST_PX / smallest))
        return [box.scaled(1 / factor) for box in self._search(resize(frame, factor))]

    def glance(self, frame: NDArray[np.uint8], known: Sequence[FaceBox]) -> list[FaceBox]:
        """See ``core.faces.detectors.ThoroughDetector``; a search is quick enough."""
        return [box for box in self.detect(frame) if box.is_apart_from(known)]

    def level(self, frame: NDArray[np.uint8], box: FaceBox) -> FaceBox:
        """See ``core.faces.detectors.ThoroughDetector``."""
        if self._agreement.windows(frame, box) >= SURE_TILT:
            return box
        # The square around a tilted head is not that of the face; in an upright region it is.
        seen = [
            max(near, key=turned.overlap)
            for turned in rolled(box, range(30, 360, 30))
            if (near := self.detect_near(frame, turned))
        ]
        box = self._agreement.best(frame, [box, *seen])
        return self._agreement.best(frame, [box, *rolled(box, (-15, 15))])

    def detect_near(self, frame: NDArray[np.uint8], around: FaceBox) -> list[FaceBox]:
        """See ``core.faces.detectors.NearDetector``."""
        region = Region.around(frame, around, min(1.0, NEAR_PX / around.side))
        return [region.to_frame(box) for box in self._search(region.image)]

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


def find_yunet() -> Path | None:
    """YuNet's file, if ``A3LIGN_YUNET`` names it or the hub cache holds it."""
    if given := os.environ.get("A3LIGN_YUNET"):
        path = Path(given)
        if not path.is_file():
            raise DetectorError(f"A3LIGN_YUNET names {given}, which is not a file")
        return path
    from huggingface_hub import try_to_load_from_cache

    cached = try_to_load_from_cache(YUNET_REPOSITORY, YUNET_FILE)
    return Path(cached) if isinstance(cached, str) else None


def fetch_yunet() -> Path:
    """Download YuNet's file from the hub, where later runs find it."""
    from huggingface_hub import hf_hub_download

    try:
        return Path(hf_hub_download(YUNET_REPOSITORY, YUNET_FILE))
    except (OSError, ValueError) as error:
        raise DetectorError(
            f"YuNet could not be fetched from {YUNET_REPOSITORY} ({type(error).__name__}); "
            f"download {YUNET_FILE} elsewhere and name it in A3LIGN_YUNET"
        ) from error


def main() -> int:
    """Fetch and check the file; 0 when it is there."""
    try:
        path = find_yunet() or fetch_yunet()
        YuNetDetector(path)
    except DetectorError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write(f"{path}: YuNet is used from now on, wherever no detector is named\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
