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
    return normalise(resize_crops(crops, config), config)


def resize_crops(crops: list[NDArray[np.uint8]], config: PreprocessConfig) -> Tensor:
    """The first half of ``preprocess_crops``: a quarter of the bytes, for a device to finish.

    Args:
        crops: As there.
        config: As there.

    Returns:
        ``(N, 3, image_size, image_size)`` uint8, 0-255.
    """
    if not crops:
        return torch.empty(0, 3, config.image_size, config.image_size, dtype=torch.uint8)
    pixels = np.stack([_resize(crop, config) for crop in crops])  # (N, h, w, 3)
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous()


def normalise(pixels: Tensor, config: PreprocessConfig) -> Tensor:
    """The second half of ``preprocess_crops``, on whatever device the pixels are.

    Args:
        pixels: ``(N, 3, h, w)`` uint8, 0-255; floating-point ones are normalised already and
            stay as they are.
        config: What the backbone was trained with.

    Returns:
        ``(N, 3, h, w)`` float32.
    """
    if pixels.is_floating_point():
        return pixels
    pixels = pixels.float().div_(255)
    if config.standardise:
        return standardise(pixels)
    mean, std = (
        torch.tensor(values, device=pixels.device)[:, None, None]
        for values in CONSTANTS[config.colours]
    )
    return pixels.sub_(mean).div_(std)


def standardise(pixels: Tensor) -> Tensor:
    """Give each image of ``(N, C, h, w)`` mean 0 and deviation 1 over all its values."""
    mean = pixels.mean((1, 2, 3), keepdim=True)
    # The floor keeps an evenly lit wall from turning into amplified sensor noise.
    return (pixels - mean) / pixels.std((1, 2, 3), keepdim=True).clamp_min(0.02)


def _resize(crop: NDArray[np.uint8], config: PreprocessConfig) -> NDArray[np.uint8]:
    if config.grey:
        grey = np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), np.uint8)
        crop = np.repeat(grey[..., None], 3, axis=2)
    if config.detail_px and crop.shape[0] > config.detail_px:
        crop = _scale(crop, config.detail_px)
    return _scale(crop, config.image_size)


def _scale(crop: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    shrinks = side < crop.shape[0]
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(crop, (side, side), interpolation=interpolation), np.uint8)
