"""A small picture of a face for people to look at."""

import cv2
import numpy as np
from numpy.typing import NDArray

THUMBNAIL_PX = 112


def make_thumbnail(crop: NDArray[np.uint8]) -> bytes:
    """Encode a crop as a JPEG of at most ``THUMBNAIL_PX`` a side: minutes of video add up.

    Args:
        crop: ``(side, side, 3)`` uint8 RGB.
    """
    if crop.shape[0] > THUMBNAIL_PX:
        crop = np.asarray(
            cv2.resize(crop, (THUMBNAIL_PX, THUMBNAIL_PX), interpolation=cv2.INTER_AREA), np.uint8
        )
    _, encoded = cv2.imencode(
        ".jpg", cv2.cvtColor(crop, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 85]
    )
    return encoded.tobytes()
