"""How pixels of made frames are compared: their middles, small, whatever the light."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

# This share of a frame is left out on every side.
MARGIN_SHARE = 8


def middles(frames: NDArray[Any]) -> NDArray[Any]:
    """The middles of ``(T, h, w)`` frames, as a view of them."""
    top, left = (side // MARGIN_SHARE for side in frames.shape[1:])
    return frames[:, top:-top, left:-left]


def look(frames: NDArray[Any], side: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Small middles of frames without their own brightness and contrast.

    Args:
        frames: ``(T, h, w)`` grey, 0-255.
        side: Size to compare at [px].

    Returns:
        ``(T, side²)`` pixels, and the contrast ``(T,)`` that was taken out.
    """
    size = (side, side)
    small = [cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in middles(frames)]
    flat = np.stack(small).reshape(len(frames), -1).astype(np.float64)
    contrast = flat.std(1) + 1
    return (flat - flat.mean(1, keepdims=True)) / contrast[:, None], contrast
