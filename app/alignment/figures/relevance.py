"""Where in the face crops is the evidence for the verdict?"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

TILE_PX = 112
COLUMNS = 8
STRENGTH = 0.65


def overlay(crop: Picture, relevance: NDArray[np.float32], *, side_px: int = TILE_PX) -> Picture:
    """Lay a relevance map over a crop; places without evidence keep the picture, in grey.

    Args:
        crop: ``(h, w, 3)`` uint8 RGB.
        relevance: ``(rows, columns)``, 0-1.
        side_px: Side of the result [px].

    Returns:
        ``(side_px, side_px, 3)`` uint8 RGB.
    """
    size = (side_px, side_px)
    grey = cv2.cvtColor(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    picture = np.repeat(np.asarray(grey, np.float32)[..., None], 3, axis=2)
    weight = np.clip(cv2.resize(relevance, size, interpolation=cv2.INTER_CUBIC), 0, 1)
    levels = (weight * 255).astype(np.uint8)
    heat = cv2.cvtColor(cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    share = (STRENGTH * np.sqrt(weight))[..., None]
    return np.asarray(picture * (1 - share) + heat * share, np.uint8)


def evened(relevance: NDArray[np.float32]) -> NDArray[np.float32]:
    """Soften the differences between frames by a cube root: weak frames show their place too.

    Args:
        relevance: ``(rows, columns)`` of one frame, scaled to the strongest frame of the clip.
    """
    most = float(relevance.max())
    return np.asarray(relevance * most ** (1 / 3 - 1) if most > 0 else relevance, np.float32)


def contact_sheet(crops: Sequence[Picture], relevance: NDArray[np.float32]) -> Picture:
    """Put all frames of a verdict side by side, each with its map.

    Args:
        crops: ``T`` pictures.
        relevance: ``(T, rows, columns)``, 0-1.

    Returns:
        ``(height, width, 3)`` uint8 RGB, ``COLUMNS`` frames per row.

    Raises:
        ValueError: The arguments disagree on ``T``.
    """
    if len(crops) != len(relevance):
        raise ValueError(f"{len(crops)} crops for relevance {relevance.shape}")
    tiles = [overlay(crop, evened(one)) for crop, one in zip(crops, relevance, strict=True)]
    blank = np.zeros_like(tiles[0])
    tiles += [blank] * (-len(tiles) % COLUMNS if len(tiles) > COLUMNS else 0)
    rows = [np.concatenate(tiles[at : at + COLUMNS], 1) for at in range(0, len(tiles), COLUMNS)]
    return np.concatenate(rows)
