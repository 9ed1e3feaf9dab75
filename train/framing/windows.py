"""Windows as careless detectors would cut them, and where eyes and mouth are in them."""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core.faces.framing.points import WINDOW, WINDOW_PX
from core.preprocess import standardise
from train.data.face_canvas import MARGIN
from train.data.views import spoil


class Carelessness(NamedTuple):
    """How far off a detector may be.

    Attributes:
        zoom: Its squares are up to this many times too large or too small.
        shift: They lie up to this far off in x and in y [sides of the face].
        turn: They are tilted by up to this [degrees].
    """

    zoom: float = 1.5
    shift: float = 0.16
    turn: float = 22.0


class Windows(NamedTuple):
    """What the network sees and should say.

    Attributes:
        images: ``(N, 1, 48, 48)`` float32, standardised.
        points: ``(N, 3, 2)`` float32, -1 to 1 from edge to edge of the window.
    """

    images: Tensor
    points: Tensor


def random_windows(
    canvases: Tensor,
    points: Tensor,
    carelessness: Carelessness,
    generator: torch.Generator,
    *,
    plain: bool = False,
) -> Windows:
    """Cut one random window out of each canvas, mirrored half of the time.

    Args:
        canvases: ``(N, 64, 64)`` uint8 grey.
        points: ``(N, 3, 2)`` float32 left eye, right eye and mouth, -1 to 1 from edge to edge of
            the canvas.
        carelessness: How random.
        generator: Source of all randomness.
        plain: Whether nothing but the framing varies, to judge by.
    """
    count = len(canvases)
    faces = canvases.float()[:, None] / 255
    matrix, mirrored = _random_cuts(count, carelessness, generator)
    grid = F.affine_grid(matrix, [count, 1, WINDOW_PX, WINDOW_PX], align_corners=False)
    # Beyond the canvas there is no picture: its border goes on, or it is mirrored.
    padding = "border" if plain or _chance(generator) < 0.6 else "reflection"
    view = F.grid_sample(faces, grid, padding_mode=padding, align_corners=False)
    if not plain and _chance(generator) < 0.5:
        view = _before_something_else(view, faces, grid, generator)
    inverse = torch.linalg.inv(matrix[:, :, :2])
    seen = (points - matrix[:, None, :, 2]) @ inverse.mT
    seen = torch.where(mirrored[:, None, None], seen[:, [1, 0, 2]], seen)
    images = standardise(view) if plain else spoil(view, generator)
    return Windows(images, seen)


def _random_cuts(
    count: int, carelessness: Carelessness, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Affine maps ``(N, 2, 3)`` from windows to canvases, and which of them mirror."""

    def uniform(most: float) -> Tensor:
        return (torch.rand(count, generator=generator) * 2 - 1) * most

    # The canvas is MARGIN face squares wide.
    half = torch.exp(uniform(math.log(carelessness.zoom))) * WINDOW / MARGIN
    turn = uniform(math.radians(carelessness.turn))
    mirror = torch.where(uniform(1) < 0, -1.0, 1.0)
    shift = [uniform(carelessness.shift) * 2 / MARGIN for _ in range(2)]
    cos, sin = torch.cos(turn) * half, torch.sin(turn) * half
    rows = [
        torch.stack([cos * mirror, -sin, shift[0]], 1),
        torch.stack([sin * mirror, cos, shift[1]], 1),
    ]
    return torch.stack(rows, 1), mirror < 0


def _before_something_else(
    view: Tensor, faces: Tensor, grid: Tensor, generator: torch.Generator
) -> Tensor:
    """Put other pictures, upside down, where a window reaches out of its canvas."""
    others = faces[torch.randint(len(faces), (len(faces),), generator=generator)].flip(2)
    others = F.interpolate(others, WINDOW_PX, mode="bilinear", align_corners=False)
    inside = (grid.abs().amax(-1) < 1)[:, None]
    return torch.where(inside, view, others)


def _chance(generator: torch.Generator) -> float:
    return float(torch.rand((), generator=generator))
