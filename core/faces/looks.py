"""Does a picture go on from one frame to the next, or has it been exchanged?"""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from core.faces.box import FaceBox
from core.faces.region import REGION
from core.prediction import Array

LOOK_PX = 24
# Pixels a side that each of the ``LOOK_PX`` places a side averages at most.
SAMPLES = 8
# A picture went on if its shapes correlate this much, which light does not change, or if its
# colours moved by no more than this, which motion does not change [grey values of 256]. Measured
# around the faces of 15 clips, up to half a second apart: never both missed in 1,274 pairs; of
# 1,371 pairs of different people 2 % passed.
SAME_SHAPES = 0.8
SAME_COLOURS = 6.0
# A picture with less contrast than this has no shapes: a fade, a flash [grey values].
FLAT = 2.0


@dataclass(frozen=True, eq=False)
class Look:
    """A coarse picture, to be compared with the next moment, or with what comes after an exchange.

    It is no description of a face: two pictures of one person a few seconds apart may look as
    different as those of two.

    Attributes:
        shapes: ``(n, n)`` float32 blurred grey values, their mean taken away.
        colours: ``(n · n, 3)`` float32 values of each channel, sorted.
    """

    shapes: Array
    colours: Array

    @classmethod
    def of(cls, image: NDArray[np.uint8]) -> Self:
        """Look at a whole picture: ``(h, w, 3)`` uint8 RGB, at least 1×1."""
        # Each of the coarse places averages some of its pixels, not all.
        most = LOOK_PX * SAMPLES
        if min(image.shape[:2]) > most:
            image = np.asarray(cv2.resize(image, (most, most), interpolation=cv2.INTER_NEAREST))
        small = cv2.resize(image, (LOOK_PX, LOOK_PX), interpolation=cv2.INTER_AREA)
        grey = cv2.GaussianBlur(
            cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32), (3, 3), 0
        )
        colours = np.sort(small.reshape(-1, 3).astype(np.float32), axis=0)
        return cls(np.asarray(grey - grey.mean(), np.float32), colours)

    @classmethod
    def around(cls, frame: NDArray[np.uint8], face: FaceBox) -> Self:
        """Look at a face with hair and collar, as far as they lie in the frame."""
        height, width = frame.shape[:2]
        reach = face.side * REGION / 2
        left, right = _span(face.center[0], reach, width)
        top, bottom = _span(face.center[1], reach, height)
        return cls.of(frame[top:bottom, left:right])

    @property
    def is_flat(self) -> bool:
        """Whether there is nothing to recognise."""
        return float(self.shapes.std()) < FLAT

    def goes_on(self, later: "Look") -> bool:
        """Whether a picture of a moment later shows the same."""
        energy = float(np.sqrt(np.square(self.shapes).sum() * np.square(later.shapes).sum()))
        if float((self.shapes * later.shapes).sum()) >= SAME_SHAPES * energy:
            return True
        return float(np.abs(self.colours - later.colours).mean()) <= SAME_COLOURS


def _span(middle: float, reach: float, length: int) -> tuple[int, int]:
    """Pixels from ``middle - reach`` to ``middle + reach`` of a line, at least one of them."""
    first = min(max(int(middle - reach), 0), length - 1)
    return first, max(first, min(int(middle + reach), length - 1)) + 1
