"""Frame roughly found faces all alike."""

import hashlib
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from core.errors import DetectorError
from core.faces.box import FaceBox, crop_face
from core.faces.framing.points import WINDOW, WINDOW_PX, FeaturePoints, for_prediction
from core.faces.framing.square import square_of
from core.faces.region import turned_back
from core.preprocess import standardise

SHIPPED_FRAMER = Path(__file__).resolve().parents[3] / "assets" / "framing" / "model.safetensors"
# Widest heat map of a face that is seen clearly (typically 0.14, of walls 0.56), and of what may
# be anything [half windows].
CLEAR, VAGUE = 0.25, 0.4
# No detector is believed to be further off: side [factor], middle [its sides], tilt [degrees].
MOST_ZOOM, MOST_SHIFT, MOST_TURN = 1.6, 0.3, 25.0


class FaceFramer:
    """Moves, turns and scales a face square until eyes and mouth are where they belong.

    Where they are not seen clearly the square goes only part of the way, or stays.

    Args:
        network: Points at eyes and mouth.
    """

    def __init__(self, network: FeaturePoints) -> None:
        self._network = for_prediction(network)

    def frame(self, image: NDArray[np.uint8], boxes: Sequence[FaceBox]) -> list[FaceBox]:
        """Frame the faces of one picture.

        Args:
            image: ``(h, w, 3)`` uint8 RGB.
            boxes: What a detector found, roughly.

        Returns:
            The same faces in the same order; about 1.4 ms each on one core.
        """
        if not boxes:
            return []
        windows = torch.cat([_window(image, box) for box in boxes])
        with torch.inference_mode():
            found = self._network(windows)
        squares = square_of(found.points.numpy())
        trust = trust_in(found.spread).numpy()
        return [
            _moved(box, square, float(share))
            for box, square, share in zip(boxes, squares, trust, strict=True)
        ]


def trust_in(spread: Tensor) -> Tensor:
    """How far to go, 0-1, where the heat maps of ``(N, 3)`` points are so wide."""
    return ((VAGUE - spread.amax(1)) / (VAGUE - CLEAR)).clamp(0, 1)


def open_framer(path: Path) -> FaceFramer:
    """Load a framer that ``train framing`` made.

    Raises:
        DetectorError: The file is missing, damaged or another network's.
    """
    network = FeaturePoints()
    try:
        network.load_state_dict(load_file(path))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise DetectorError(
            f"{path} does not hold the network that frames faces "
            f"({type(error).__name__}); restore the file or make it with `python -m train framing`"
        ) from error
    return FaceFramer(network)


@cache
def shipped_framer() -> FaceFramer:
    """The project's own; loaded once."""
    return open_framer(SHIPPED_FRAMER)


@cache
def framing_digest() -> str:
    """A few letters that stand for the project's own framing, for what is stored of its crops."""
    return hashlib.sha256(SHIPPED_FRAMER.read_bytes()).hexdigest()[:8]


def _window(image: NDArray[np.uint8], box: FaceBox) -> Tensor:
    crop = crop_face(image, box, scale=WINDOW, limit_px=WINDOW_PX)
    grey = np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), np.uint8)
    if grey.shape[0] != WINDOW_PX:
        grey = np.asarray(cv2.resize(grey, (WINDOW_PX, WINDOW_PX)), np.uint8)
    return standardise(torch.from_numpy(grey).float().div_(255)[None, None])


def _moved(box: FaceBox, square: NDArray[np.float64], share: float) -> FaceBox:
    """Go a share of the way from a box to a square of its window."""
    if not share:
        return box
    half = box.side * WINDOW / 2
    shift = square[:2] * half
    if (distance := float(np.hypot(*shift))) > MOST_SHIFT * box.side:
        shift *= MOST_SHIFT * box.side / distance
    zoom = float(np.clip(square[2] * half / box.side, 1 / MOST_ZOOM, MOST_ZOOM)) ** share
    turn = float(np.clip(square[3], -MOST_TURN, MOST_TURN)) * share
    middle = box.center
    x, y = turned_back(
        (middle[0] + share * float(shift[0]), middle[1] + share * float(shift[1])),
        middle,
        box.roll,
    )
    side = box.side * zoom
    if not math.isfinite(x + y + side + turn):
        return box
    return FaceBox(x - side / 2, y - side / 2, side, box.score, box.roll + turn)
