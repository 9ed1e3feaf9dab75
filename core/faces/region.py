"""Which part of a frame is searched, and at which size?"""

import math
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from core.faces.box import FaceBox, crop_face

# Frames are searched at this longer side [px], for faces down to this share of it.
SEARCH_PX = 320
SMALLEST_FACE = 1 / 10
# Where nobody is found, once in a while faces down to this share are searched, none below this
# width [px]: what the model then sees would be blurred.
SMALLEST_FINE, SMALLEST_PX = 1 / 27, 24
# Tilted ones are looked for from this share of it on: there are many ways to be tilted.
SMALLEST_TILTED = 1 / 8
# Side of the searched region around a known face [its sides].
REGION = 2.0
# A square that reaches this far out of the frame is searched in a region with a repeated border.
OUTSIDE = 0.1


def search_factor(frame: NDArray[np.uint8]) -> float:
    """Factor, at most 1, that brings the longer side of a frame to ``SEARCH_PX``."""
    longest: int = max(frame.shape[:2])
    return min(1.0, SEARCH_PX / longest)


def smallest_face(frame_size: tuple[int, int]) -> float:
    """Width of the smallest face that is looked for in frames of so many pixels [px]."""
    return max(SMALLEST_PX, max(frame_size) * SMALLEST_FINE)


def smallest_tilted_face(frame_size: tuple[int, int]) -> float:
    """The same for heads that are tilted beyond what an upright search forgives [px]."""
    return max(smallest_face(frame_size), max(frame_size) * SMALLEST_TILTED)


def resize(image: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
    """Reduce an image by a factor of at most 1, by area averaging."""
    if factor == 1.0:
        return image
    size = tuple(max(1, round(length * factor)) for length in image.shape[1::-1])
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


@dataclass(frozen=True, eq=False)
class Region:
    """The square of twice a face's side around it, as far as it lies in the frame.

    Around a tilted face it is turned until the face is upright, and around one that reaches out
    of the frame it is whole, the border repeated.

    Attributes:
        image: ``(h, w, 3)`` uint8 RGB, reduced by ``factor``.
        factor: Pixels of the region per pixel of the frame.
        left: Left edge in the frame [px]; in a turned region, as if it were not turned.
        top: Top edge [px], likewise.
        roll: By how much the region is turned, see ``FaceBox.roll`` [degrees].
        middle: What it is turned around [px of the frame].
    """

    image: NDArray[np.uint8]
    factor: float
    left: float
    top: float
    roll: float = 0.0
    middle: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def around(cls, frame: NDArray[np.uint8], face: FaceBox, factor: float) -> Self:
        """Cut a region out of ``(h, w, 3)`` uint8 RGB, reduced by ``factor``, at most 1."""
        if face.roll or _reaches_out(frame, face):
            side = max(1, round(face.side * REGION * factor))
            image = crop_face(frame, face, scale=REGION, limit_px=side)
            half = face.side * REGION / 2
            left, top = face.center[0] - half, face.center[1] - half
            return cls(image, image.shape[0] / (2 * half), left, top, face.roll, face.center)
        height, width = frame.shape[:2]
        reach = face.side * REGION / 2
        center_x, center_y = (
            min(max(value, 0.0), length - 1.0)
            for value, length in zip(face.center, (width, height), strict=True)
        )
        left, top = max(0, int(center_x - reach)), max(0, int(center_y - reach))
        right, bottom = int(center_x + reach) + 1, int(center_y + reach) + 1
        return cls(resize(frame[top:bottom, left:right], factor), factor, left, top)

    def to_frame(self, box: FaceBox) -> FaceBox:
        """Return a square of the region as one of the frame."""
        found = box.scaled(1 / self.factor).shifted(self.left, self.top)
        if not self.roll:
            return found
        center = turned_back(found.center, self.middle, self.roll)
        corner = center[0] - found.side / 2, center[1] - found.side / 2
        return FaceBox(*corner, found.side, found.score, self.roll)


def turned_back(
    point: tuple[float, float], middle: tuple[float, float], roll: float
) -> tuple[float, float]:
    """Return where a point of a picture that was turned upright lies in the tilted one."""
    cos, sin = math.cos(math.radians(roll)), math.sin(math.radians(roll))
    x, y = point[0] - middle[0], point[1] - middle[1]
    return middle[0] + cos * x - sin * y, middle[1] + sin * x + cos * y


def _reaches_out(frame: NDArray[np.uint8], face: FaceBox) -> bool:
    height, width = frame.shape[:2]
    left, top = face.x, face.y
    out = max(-left, -top, left + face.side - width, top + face.side - height)
    return bool(out > OUTSIDE * face.side)
