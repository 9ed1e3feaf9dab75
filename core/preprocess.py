"""From face crops to the tensor that the image tower reads."""

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from open_clip.constants import (
    INCEPTION_MEAN,
    INCEPTION_STD,
    OPENAI_DATASET_MEAN,
    OPENAI_DATASET_STD,
)
from torch import Tensor

from core.config import Colours, PreprocessConfig

# Mean and deviation of each channel that are taken out; plain values stay 0-1.
CONSTANTS: dict[Colours, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "clip": (OPENAI_DATASET_MEAN, OPENAI_DATASET_STD),
    "inception": (INCEPTION_MEAN, INCEPTION_STD),
    "plain": ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
}


def preprocess_crops(crops: list[NDArray[np.uint8]], config: PreprocessConfig) -> Tensor:
    """Resize, optionally grey, and normalise square crops.

    Args:
        crops: ``N`` images ``(side, side, 3)`` uint8 RGB, 0-255, of any side.
        config: What the backbone was trained with.

    Returns:
        ``(N, 3, image_size, image_size)`` float32.
    """
    if not crops:
        return torch.empty(0, 3, config.image_size, config.image_size)
    pixels = torch.stack([_resize(crop, config) for crop in crops])  # (N, 3, h, w), 0-1
    if config.standardise:
        return standardise(pixels)
    mean, std = (torch.tensor(values)[:, None, None] for values in CONSTANTS[config.colours])
    return (pixels - mean) / std


def standardise(pixels: Tensor) -> Tensor:
    """Give each image of ``(N, C, h, w)`` mean 0 and deviation 1 over all its values."""
    mean = pixels.mean((1, 2, 3), keepdim=True)
    # The floor keeps an evenly lit wall from turning into amplified sensor noise.
    return (pixels - mean) / pixels.std((1, 2, 3), keepdim=True).clamp_min(0.02)


def _resize(crop: NDArray[np.uint8], config: PreprocessConfig) -> Tensor:
    if config.grey:
        grey = np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), np.uint8)
        crop = np.repeat(grey[..., None], 3, axis=2)
    if config.detail_px and crop.shape[0] > config.detail_px:
        crop = _scale(crop, config.detail_px)
    return torch.from_numpy(_scale(crop, config.image_size)).permute(2, 0, 1).float() / 255


def _scale(crop: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    shrinks = side < crop.shape[0]
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(crop, (side, side), interpolation=interpolation), np.uint8)
