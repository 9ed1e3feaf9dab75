"""Vary still faces as detectors, cameras and rooms do; whole batches at a time."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from core.preprocess import standardise
from train.data.face_canvas import FACE_PX, MARGIN

# 0.8 cuts into the chin, 1.25 leaves hair and ears in view.
ZOOM = 1.25


def center_view(canvases: Tensor, size: int, box: float = 1.0) -> Tensor:
    """The view that prediction sees: the face square alone.

    Args:
        canvases: ``(N, 64, 64)`` uint8 grey.
        size: Side of the backbone's input [px].
        box: Side of the square that is cut out, in those of the face square, as detectors that
            frame faces otherwise would cut it; at most 4/3, to the nearest even pixel.

    Returns:
        ``(N, 3, size, size)`` float32, standardised.
    """
    half = round(FACE_PX * box / 2)
    inside = slice(canvases.shape[-1] // 2 - half, canvases.shape[-1] // 2 + half)
    face = canvases[:, inside, inside].unsqueeze(1).float() / 255
    view = F.interpolate(face, size=size, mode="bicubic", align_corners=False).clamp(0, 1)
    return standardise(view.expand(-1, 3, -1, -1))


def random_view(
    canvases: Tensor,
    size: int,
    generator: torch.Generator,
    *,
    strength: float = 1.0,
    zoom: float = ZOOM,
) -> Tensor:
    """A random view: other crops, light, sharpness and things in the way.

    Args:
        canvases: ``(N, 64, 64)`` uint8 grey.
        size: Side of the backbone's input [px].
        generator: Source of all randomness, on the device of the canvases.
        strength: Scales every range and share; 0 leaves only the mirror.
        zoom: The face square is drawn up to this many times larger and smaller.

    Returns:
        ``(N, 3, size, size)`` float32, standardised.
    """
    clips = canvases.unsqueeze(1)
    return random_clip_view(clips, size, generator, strength=strength, zoom=zoom)[:, 0]


def random_clip_view(
    canvases: Tensor,
    size: int,
    generator: torch.Generator,
    *,
    strength: float = 1.0,
    zoom: float = ZOOM,
) -> Tensor:
    """A random view of clips: the variation is drawn once per clip, only the noise per frame.

    Args:
        canvases: ``(N, T, 64, 64)`` uint8 grey.
        size: Side of the backbone's input [px].
        generator: Source of all randomness.
        strength: See ``random_view``.
        zoom: See ``random_view``.

    Returns:
        ``(N, T, 3, size, size)`` float32, each frame standardised.
    """
    # The frames take the place of the channels, which all operations treat alike.
    view = _move(canvases.float() / 255, size, generator, strength, zoom)
    view = spoil(view, generator, strength)
    return view.unsqueeze(2).expand(-1, -1, 3, -1, -1)


def spoil(view: Tensor, generator: torch.Generator, strength: float = 1.0) -> Tensor:
    """Give pictures other sharpness and light, noise, and things in the way.

    Args:
        view: ``(N, T, size, size)`` float32, 0-1; what is drawn is drawn once per row, only the
            noise for every picture.
        generator: Source of all randomness.
        strength: See ``random_view``.

    Returns:
        The same shape, each picture standardised.
    """
    view = _relight(_blur(view, generator, strength), generator, strength)
    view = standardise(view.flatten(0, 1).unsqueeze(1)).view_as(view)
    return _hide_a_part(view, generator, strength)


def _uniform(n: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    return torch.rand(n, generator=generator, device=generator.device) * (high - low) + low


def _move(
    images: Tensor, size: int, generator: torch.Generator, strength: float, widest: float
) -> Tensor:
    """Flip, turn up to 12°, zoom, stretch and shift: what different detectors' boxes differ by."""
    n = len(images)
    angle = _uniform(n, -12, 12, generator) * strength * math.pi / 180
    zoom = _uniform(n, -math.log(widest), math.log(widest), generator)
    zoom = torch.exp(zoom * strength) / MARGIN
    stretch = torch.exp(_uniform(n, -0.10, 0.10, generator) * strength)
    mirror = torch.where(_uniform(n, -1, 1, generator) < 0, -1.0, 1.0)
    shift = (
        (torch.rand(n, 2, generator=generator, device=generator.device) * 2 - 1) * 0.10 * strength
    )
    cos, sin = torch.cos(angle) * zoom, torch.sin(angle) * zoom
    theta = torch.stack(
        [
            torch.stack([cos * stretch * mirror, -sin, shift[:, 0]], 1),
            torch.stack([sin * stretch * mirror, cos, shift[:, 1]], 1),
        ],
        1,
    )  # (N, 2, 3)
    grid = F.affine_grid(theta, [n, 1, size, size], align_corners=False)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="border", align_corners=False)


def _blur(view: Tensor, generator: torch.Generator, strength: float) -> Tensor:
    """Lower the resolution of a quarter of the images, to 18-40 px."""
    size = view.shape[-1]
    low = int(torch.randint(18, 41, (), generator=generator, device=generator.device))
    small = F.interpolate(view, size=low, mode="area")
    soft = F.interpolate(small, size=size, mode="bilinear", align_corners=False)
    return torch.where(_chosen(view, 0.25 * strength, generator), soft, view)


def _relight(view: Tensor, generator: torch.Generator, strength: float) -> Tensor:
    """Gamma, a ramp of light from a random side, and sensor noise."""
    n, size = len(view), view.shape[-1]
    gamma = torch.exp(_uniform(n, -0.4, 0.4, generator) * strength)[:, None, None, None]
    line = torch.linspace(-1, 1, size, device=view.device)
    across = _uniform(n, -0.35, 0.35, generator)[:, None, None, None] * strength * line
    down = _uniform(n, -0.35, 0.35, generator)[:, None, None, None] * strength * line[:, None]
    lit = view.clamp(1e-3, 1) ** gamma * (1 + across) * (1 + down)
    noise = torch.randn(view.shape, generator=generator, device=generator.device)
    loudness = _uniform(n, 0, 0.05, generator)[:, None, None, None] * strength
    return (lit + noise * loudness).clamp(0, 1)


def _hide_a_part(view: Tensor, generator: torch.Generator, strength: float) -> Tensor:
    """Cover a rectangle of up to a third of the side in a quarter of the images with flat grey."""
    n, size = len(view), view.shape[-1]
    device = generator.device
    corner = torch.rand(n, 2, generator=generator, device=device) * size
    extent = (0.1 + 0.25 * torch.rand(n, 2, generator=generator, device=device)) * size
    index = torch.arange(size, device=device)
    low, high = (corner - extent / 2)[..., None], (corner + extent / 2)[..., None]
    inside = (index >= low) & (index < high)  # (N, 2, size)
    rectangle = (inside[:, 0, :, None] & inside[:, 1, None, :])[:, None]
    hidden = rectangle & _chosen(view, 0.25 * strength, generator)
    return view.masked_fill(hidden, 0.0)


def _chosen(view: Tensor, share: float, generator: torch.Generator) -> Tensor:
    drawn = torch.rand(len(view), generator=generator, device=generator.device)
    return (drawn < share)[:, None, None, None]
