"""The common form of every training still: a small grey square with room around the face."""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.config import PreprocessConfig
from core.faces.box import FaceBox, crop_face

# The face square is FACE_PX wide (FER2013's resolution) in the middle of a canvas with a margin,
# so that augmentation can move the frame in every direction.
FACE_PX = 48
CANVAS_PX = 64
MARGIN = CANVAS_PX / FACE_PX


def canvas_from_photo(photo: NDArray[np.uint8], box: FaceBox) -> NDArray[np.uint8]:
    """Cut the canvas around a face square.

    Args:
        photo: ``(h, w, 3)`` uint8 RGB.
        box: Its face square.

    Returns:
        ``(CANVAS_PX, CANVAS_PX)`` uint8 grey.
    """
    crop = crop_face(photo, box, scale=MARGIN, limit_px=max(photo.shape[:2]) * 2)
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    shrinks = grey.shape[0] > CANVAS_PX
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(
        cv2.resize(grey, (CANVAS_PX, CANVAS_PX), interpolation=interpolation), np.uint8
    )


def canvas_from_face(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Put a ``(48, 48)`` uint8 face that fills its image on a canvas; the margin is its border."""
    pad = (CANVAS_PX - FACE_PX) // 2
    return np.pad(face, pad, mode="edge")


def face_preprocess(image_size: int) -> PreprocessConfig:
    """How FaceCLIP sees a face square in prediction; ``center_view`` does the same to canvases."""
    return PreprocessConfig(image_size=image_size, detail_px=FACE_PX, grey=True, standardise=True)
