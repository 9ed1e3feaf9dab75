"""Frames of one video, all of one size."""

import cv2
import numpy as np

from core.video.frame import RgbImage

Size = tuple[int, int]


def fit(image: RgbImage, native: Size, size: Size) -> RgbImage:
    """Bring a frame to the common size; one of another shape is centred on black.

    Args:
        image: ``(h, w, 3)`` uint8 RGB.
        native: Width and height of the video's first frame [px].
        size: Width and height to hand out [px].
    """
    height, width = image.shape[:2]
    if (width, height) == native:
        return image if size == native else _resize(image, size)
    factor = min(size[0] / width, size[1] / height)
    inner = (max(1, round(width * factor)), max(1, round(height * factor)))
    left, top = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    canvas = np.zeros((size[1], size[0], 3), np.uint8)
    canvas[top : top + inner[1], left : left + inner[0]] = _resize(image, inner)
    return canvas


def _resize(image: RgbImage, size: Size) -> RgbImage:
    shrinks = size[0] < image.shape[1]
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=interpolation), np.uint8)
