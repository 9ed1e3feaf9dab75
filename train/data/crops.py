"""Clips as face crops: the plain view and the random ones (A2, A3)."""

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Generator, Tensor, rand

from core.config import PreprocessConfig
from core.preprocess import resize_crops
from train.data.dataset import Pictures

Crop = NDArray[np.uint8]
Recipe = Literal["jitter", "fixed", "resized"]
RECIPES: tuple[Recipe, ...] = ("jitter", "fixed", "resized")

# The paper crops 112 px out of 120.
PAPER_SHARE = 112 / 120


class CropPictures(Pictures):
    """Square face crops of one clip.

    Args:
        crops: Squares ``(side, side, 3)`` uint8 RGB in time order.
        recipe: What a random view is (A3: the paper says "random crop … through scale
            jittering"): ``jitter`` a square of 80-100 % of the side and a flip, ``fixed`` a square
            of 112/120 and a flip, ``resized`` a piece of 8-100 % of the area stretched to a square
            and a flip, as in DFER-CLIP.
    """

    def __init__(self, crops: list[Crop], recipe: Recipe) -> None:
        self.crops = crops
        self.recipe = recipe

    def __len__(self) -> int:
        return len(self.crops)

    def squares(self, preprocess: PreprocessConfig) -> list[Crop]:  # noqa: ARG002
        """See ``Pictures``; they were cropped to scale when they were read."""
        return self.crops

    def varied(self, preprocess: PreprocessConfig, generator: Generator) -> Tensor:
        """See ``Pictures``."""
        numbers = rand(5, generator=generator).tolist()
        width, height = _extent(self.recipe, numbers[0], numbers[1])
        left, top = numbers[2] * (1 - width), numbers[3] * (1 - height)
        pieces = [_cut(crop, (left, top, width, height), numbers[4] < 0.5) for crop in self.crops]
        return resize_crops(pieces, preprocess)


def _extent(recipe: Recipe, first: float, second: float) -> tuple[float, float]:
    """Width and height of the piece as shares of the side."""
    if recipe == "jitter":
        return 0.8 + 0.2 * first, 0.8 + 0.2 * first
    if recipe == "fixed":
        return PAPER_SHARE, PAPER_SHARE
    area = 0.08 + 0.92 * first
    ratio = float(np.exp((2 * second - 1) * np.log(4 / 3)))
    return min((area * ratio) ** 0.5, 1.0), min((area / ratio) ** 0.5, 1.0)


def _cut(crop: Crop, box: tuple[float, float, float, float], flip: bool) -> Crop:
    """Cut a piece out, make it square, and mirror it or not."""
    side = crop.shape[0]
    left, top = (min(int(share * side), side - 1) for share in box[:2])
    width, height = (max(1, round(share * side)) for share in box[2:])
    piece = crop[top : top + height, left : left + width]
    if width != height:
        larger = max(piece.shape[:2])
        piece = np.asarray(cv2.resize(piece, (larger, larger)), np.uint8)
    return np.ascontiguousarray(piece[:, ::-1] if flip else piece)


def middle_square(frame: Crop, limit_px: int) -> Crop:
    """The centred square of a frame that is a face crop already, at most ``limit_px`` wide."""
    height, width = frame.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = frame[top : top + side, left : left + side]
    if side > limit_px:
        square = np.asarray(
            cv2.resize(square, (limit_px, limit_px), interpolation=cv2.INTER_AREA), np.uint8
        )
    return np.ascontiguousarray(square)
