"""Is what one cascade found a face for the others, too?"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import DetectorError
from core.faces.box import FaceBox, crop_face

# Trained apart from the cascade that searches (``frontalface_alt2``), on the same kind of face.
WITNESSES = ("frontalface_alt", "frontalface_default")
# What they look at: the square with a margin, at a fixed size.
MARGIN, VIEW_PX = 1.6, 128
SIDE_PX = VIEW_PX / MARGIN
# Windows of about the size of the square that lie this close to it count [its sides].
SIZES, NEAR = (0.7, 1.35), 0.25
# So many windows of both together are full agreement. Measured: of 149 boxes on faces in 15 clips
# all had 48 and more; of 20 on turned faces and walls all had 45 and fewer, most under 20.
FULL = 75
# Fewer than this are a false alarm; of 288 blurred FER2013 faces 93 % had more.
FEWEST = 20
# From this agreement on a tilt is taken for the head's.
SURE_TILT = 45


class Agreement:
    """Counts how often two more cascades see a face where one was found."""

    def __init__(self) -> None:
        self._witnesses = [open_cascade(name) for name in WITNESSES]
        self._lock = threading.Lock()

    def confirmed(self, frame: NDArray[np.uint8], boxes: Iterable[FaceBox]) -> list[FaceBox]:
        """Return the boxes that are not alone, scored by the agreement, 0-1."""
        counted = [(box, self.windows(frame, box)) for box in boxes]
        return [
            replace(box, score=min(1.0, windows / FULL))
            for box, windows in counted
            if windows >= FEWEST
        ]

    def best(self, frame: NDArray[np.uint8], boxes: Sequence[FaceBox]) -> FaceBox:
        """Return the face, of several squares for it, that the cascades see best.

        Args:
            frame: ``(h, w, 3)`` uint8 RGB.
            boxes: Squares of any roll; the first one stands unless another is seen surely.
        """
        counts = [self.windows(frame, box) for box in boxes]
        best = int(np.argmax(counts))
        return boxes[best] if counts[best] >= SURE_TILT else boxes[0]

    def windows(self, frame: NDArray[np.uint8], box: FaceBox) -> int:
        """Count the windows of the other cascades at a box of ``(h, w, 3)`` uint8 RGB."""
        crop = crop_face(frame, box, scale=MARGIN, limit_px=VIEW_PX)
        grey = cv2.resize(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), (VIEW_PX, VIEW_PX))
        grey = cv2.equalizeHist(grey)
        smallest, largest = (round(SIDE_PX * size) for size in SIZES)
        count = 0
        for witness in self._witnesses:
            with self._lock:
                found = witness.detectMultiScale(
                    grey, 1.1, 0, minSize=(smallest, smallest), maxSize=(largest, largest)
                )
            for x, y, w, h in found:
                away = max(abs(x + w / 2 - VIEW_PX / 2), abs(y + h / 2 - VIEW_PX / 2))
                count += int(away < NEAR * SIDE_PX)
        return count


def rolled(box: FaceBox, steps: Iterable[float]) -> list[FaceBox]:
    """Return a square rolled on by so many degrees."""
    return [replace(box, roll=box.roll + step) for step in steps]


def open_cascade(name: str) -> cv2.CascadeClassifier:
    """Open one of the cascades that come with OpenCV.

    Raises:
        DetectorError: This OpenCV has none.
    """
    path = Path(cv2.__file__).parent / "data" / f"haarcascade_{name}.xml"
    if not hasattr(cv2, "CascadeClassifier") or not path.is_file():
        raise DetectorError(
            f"OpenCV {cv2.__version__} has no Haar cascades; install opencv-python>=4.14,<5"
        )
    return cv2.CascadeClassifier(str(path))
