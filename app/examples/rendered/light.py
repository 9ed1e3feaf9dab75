"""How a painted head is lit: three lights, a sky, soft shadows, skin that lets light through."""

import numpy as np
from numpy.typing import NDArray

from app.examples.rendered.raster import rasterize

Array = NDArray[np.float32]
Index = NDArray[np.int64]

KEY = np.array([-0.48, 0.52, 0.78], np.float32) / np.linalg.norm([-0.48, 0.52, 0.78])
FILL = np.array([0.75, 0.10, 0.55], np.float32) / np.linalg.norm([0.75, 0.10, 0.55])
RIM = np.array([0.62, 0.45, -0.55], np.float32) / np.linalg.norm([0.62, 0.45, -0.55])
KEY_COLOR, FILL_COLOR, RIM_COLOR = (2.35, 2.2, 2.0), (0.50, 0.56, 0.68), (0.9, 0.95, 1.05)
SKY, GROUND = (0.42, 0.45, 0.50), (0.24, 0.20, 0.18)
# Red light goes farther under the skin, so the shadow's edge is red.
WRAP = np.array([0.42, 0.22, 0.16], np.float32)
SHADOW_PX, BIAS_CM, SPREAD_PX = 420, 0.45, 2.2
EXPOSURE = 0.62


def shadow_of(points: Array, triangles: Index, at: Array) -> Array:
    """Share of the key light, 0-1, that reaches ``(N, 3)`` places on a surface: ``(N,)``."""
    right = np.cross([0, 1, 0], KEY)
    right /= np.linalg.norm(right)
    basis = np.stack([right, np.cross(KEY, right), KEY], 1).astype(np.float32)
    seen, here = points @ basis, at @ basis
    low, high = seen[:, :2].min(0), seen[:, :2].max(0)
    scale = (SHADOW_PX - 8) / float((high - low).max())

    def place(coordinates: Array) -> Array:
        x = 4 + (coordinates[:, 0] - low[0]) * scale
        y = 4 + (high[1] - coordinates[:, 1]) * scale
        return np.stack([x, y, coordinates[:, 2]], 1).astype(np.float32)

    lit = place(seen)
    found = rasterize(lit, triangles, (SHADOW_PX, SHADOW_PX))
    depth = np.full(SHADOW_PX**2, -1e3, np.float32)
    depth[found.rows] = found.mix(lit[:, 2])
    target = place(here)
    reached = np.zeros(len(at), np.float32)
    offsets = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)]
    for x, y in offsets:
        column = np.clip(target[:, 0] + x * SPREAD_PX, 0, SHADOW_PX - 1).astype(int)
        row = np.clip(target[:, 1] + y * SPREAD_PX, 0, SHADOW_PX - 1).astype(int)
        reached += np.clip((target[:, 2] + BIAS_CM - depth[row * SHADOW_PX + column]) / 0.3, 0, 1)
    return np.asarray(reached / len(offsets), np.float32)


def shade(
    albedo: Array, normal: Array, view: Array, reached: Array, *, gloss: Array, depth: Array
) -> Array:
    """Light that leaves ``(N, 3)`` painted points towards the eye.

    Args:
        albedo: Linear colour.
        normal: Unit normals.
        view: Unit directions to the camera.
        reached: ``(N,)`` share of the key light that arrives.
        gloss: ``(N, 2)`` strength and exponent of the highlight.
        depth: ``(N,)`` how far light goes under the surface, 0-1: skin 1, teeth less.

    Returns:
        ``(N, 3)``, linear.
    """
    wrap = WRAP * depth[:, None]
    total = np.zeros_like(albedo)
    for way, color, share in (
        (KEY, KEY_COLOR, reached),
        (FILL, FILL_COLOR, None),
        (RIM, RIM_COLOR, None),
    ):
        facing = (normal @ way)[:, None]
        soft = np.clip((facing + wrap) / (1 + wrap), 0, 1) ** 1.15
        if share is not None:
            # Light that crept under the skin softens the cast shadow as well.
            soft = soft * (share[:, None] * (1 - 0.12 * depth[:, None]) + 0.12 * depth[:, None])
        total += albedo * soft * np.array(color, np.float32)
        half = view + way
        half /= np.linalg.norm(half, axis=1, keepdims=True)
        shine = (
            np.clip((normal * half).sum(1), 0, 1) ** gloss[:, 1] * gloss[:, 0] * (facing[:, 0] > 0)
        )
        total += (shine * (1 if share is None else share))[:, None] * np.array(color, np.float32)
    up = ((normal[:, 1] + 1) / 2)[:, None]
    total += albedo * (np.array(GROUND) * (1 - up) + np.array(SKY) * up)
    edge = (1 - np.clip((normal * view).sum(1), 0, 1)) ** 4
    total += (0.06 * edge * depth)[:, None] * np.array(SKY)
    return np.asarray(total, np.float32)


def develop(light: Array) -> NDArray[np.uint8]:
    """Turn linear light into a picture's values: a film's shoulder, then sRGB's curve."""
    x = light * EXPOSURE
    film = np.clip((x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14), 0, 1)
    return np.asarray(np.round(255 * film ** (1 / 2.2)), np.uint8)
