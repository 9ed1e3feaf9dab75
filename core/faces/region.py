"""Which part of a frame is searched, and at which size?"""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.faces.box import FaceBox

# Frames are searched at this longer side [px].
SEARCH_PX = 320
# Side of the searched region around a known face [its sides].
REGION = 2.0


def search_factor(frame: NDArray[np.uint8]) -> float:
    """Factor, at most 1, that brings the longer side of a frame to ``SEARCH_PX``."""
    longest: int = max(frame.shape[:2])
    return min(1.0, SEARCH_PX / longest)


def resize(image: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
    """Reduce an image by a factor of at most 1, by area averaging."""
    if factor == 1.0:
        return image
    size = tuple(max(1, round(length * factor)) for length in image.shape[1::-1])
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def cut_around(frame: NDArray[np.uint8], around: FaceBox) -> tuple[NDArray[np.uint8], int, int]:
    """Cut the square of twice a face's side around it, as far as it lies in the frame.

    Args:
        frame: ``(h, w, 3)`` uint8 RGB.
        around: A face square whose middle lies in the frame.

    Returns:
        A view of the region, and its left and top edge in the frame [px].
    """
    height, width = frame.shape[:2]
    reach = around.side * REGION / 2
    center_x, center_y = (
        min(max(value, 0.0), length - 1.0)
        for value, length in zip(around.center, (width, height), strict=True)
    )
    left, top = max(0, int(center_x - reach)), max(0, int(center_y - reach))
    right, bottom = int(center_x + reach) + 1, int(center_y + reach) + 1
    return frame[top:bottom, left:right], left, top
