"""What a head is painted with: skin, lips, brows, hair, eyes, teeth and a shirt.

All colours are linear, 0-1. Paint depends on where a point lies on the resting head, so that it
sticks to the surface whatever the face does.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.examples.rendered.head import Head

Array = NDArray[np.float32]
Color = tuple[float, float, float]

# The front of the head as a flat canvas, [cm] and pixels per centimetre.
LEFT, TOP, WIDTH, HEIGHT, FINENESS = -11.0, 16.0, 22.0, 36.0, 40
EYE_RADIUS, IRIS, PUPIL = 1.45, 0.62, 0.24
HAIR_DEPTH = 0.85
COLUMNS = 1024


@dataclass(frozen=True)
class Look:
    """How one person looks.

    Attributes:
        skin: Colour of the skin.
        lips: Of the lips.
        hair: Of hair and brows.
        iris: Of the irises.
        shirt: Of the shirt.
        stubble: How much of a shaved beard shows, 0-1.
        brow: Thickness of the brows [cm].
        hairline: Height of the hairline above the brows [cm].
    """

    skin: Color
    lips: Color
    hair: Color
    iris: Color
    shirt: Color
    stubble: float = 0.0
    brow: float = 0.42
    hairline: float = 4.4


def front_paint(head: Head, look: Look) -> Array:
    """Paint the front of the head on a flat canvas: ``(h, w, 3)``."""
    shape = (round(HEIGHT * FINENESS), round(WIDTH * FINENESS))
    rng = np.random.default_rng(5)
    canvas = np.ones((*shape, 3), np.float32) * np.array(look.skin, np.float32)
    marks = head.neutral[head.landmarks]
    for (x, y), size, strength in _flushes(marks):
        red = strength * _spot(shape, (x, y), size)[..., None]
        canvas *= 1 - red * np.array([0.04, 0.30, 0.30], np.float32)
    canvas *= (
        1 + 0.05 * _noise(shape, 18, rng)[..., None] + 0.05 * _noise(shape, 1.2, rng)[..., None]
    )
    _shade_beard(canvas, marks, look, rng)
    _paint_lips(canvas, marks, look, rng)
    _draw_brows(canvas, marks, look, rng)
    _draw_lashes(canvas, marks)
    return np.clip(canvas, 0, 1)


def sample(canvas: Array, rest: Array) -> Array:
    """Colours of ``(N, 3)`` points of the resting head on a canvas of its front: ``(N, 3)``."""
    # OpenCV maps no rows of more than 32767 pixels, so the points go as a rectangle.
    rows = -(-len(rest) // COLUMNS)
    padded = np.zeros((rows * COLUMNS, 2), np.float32)
    padded[: len(rest), 0] = (rest[:, 0] - LEFT) * FINENESS
    padded[: len(rest), 1] = (TOP - rest[:, 1]) * FINENESS
    x, y = padded.T.reshape(2, rows, COLUMNS)
    found = cv2.remap(
        canvas, np.ascontiguousarray(x), np.ascontiguousarray(y), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return np.asarray(found.reshape(-1, 3)[: len(rest)], np.float32)


def hair_cover(points: Array, look: Look, brow_height: float) -> Array:
    """How much of the hair covers ``(N, 3)`` points of the resting head, 0-1."""
    x, y, z = points.T
    angle = np.abs(np.degrees(np.arctan2(x, z - 1.0)))
    top = brow_height + look.hairline
    angles = [0, 22, 42, 58, 70, 84, 100, 120, 150, 180]
    line = np.interp(
        angle, angles, [top, top + 0.2, top - 0.9, top - 2.6, 3.6, 0.6, 4.6, 0.5, -4.5, -5.0]
    )
    wave = 0.18 * np.sin(3.1 * x + 1) + 0.12 * np.sin(7.3 * x + 2.0 * z)
    is_ear = (np.abs(x) > 8.0) & (y < 4.6) & (y > -3.0) & (z < 3.0) & (z > -3.5)
    cover = np.clip((y - line - wave) / 0.5 + 0.5, 0, 1)
    return np.where(is_ear, 0, cover).astype(np.float32)


def hair_paint(points: Array, look: Look) -> Array:
    """Colours of strands that run from the crown downwards, at ``(N, 3)`` points: ``(N, 3)``."""
    x, y, z = points.T
    angle = np.arctan2(x, z)
    strands = np.sin(95 * angle + 2.2 * np.sin(0.9 * y) + 3 * np.sin(5 * angle))
    strands += 0.7 * np.sin(211 * angle + 1.3 * y) + 0.5 * np.sin(37 * angle + 3.1 * y)
    return np.asarray(np.array(look.hair) * (1 + 0.28 * strands)[:, None], np.float32)


def eye_paint(points: Array, centre: Array, look: Look) -> Array:
    """Colours of an eyeball at ``(N, 3)`` points of the resting head: ``(N, 3)``."""
    x, y = points[:, 0] - centre[0], points[:, 1] - centre[1]
    radius = np.hypot(x, y)
    white = np.array([0.70, 0.66, 0.63]) * (1 - 0.30 * np.clip(np.abs(x) / 1.3, 0, 1) ** 2)[:, None]
    white[:, 1:] *= (1 - 0.12 * np.clip(np.abs(x) / 1.2, 0, 1) ** 2)[:, None]
    rays = 1 + 0.25 * np.sin(23 * np.arctan2(y, x)) * np.sin(9 * radius)
    iris = np.array(look.iris) * (rays * (0.6 + 0.7 * radius / IRIS))[:, None]
    ring = np.clip((radius - 0.8 * IRIS) / (0.2 * IRIS), 0, 1)[:, None]
    colors = iris * (1 - 0.75 * ring)
    colors = _blend(colors, 0.004, np.clip((PUPIL + 0.02 - radius) / 0.04, 0, 1))
    return np.asarray(_blend(colors, white, np.clip((radius - IRIS) / 0.05, 0, 1)), np.float32)


def _flushes(marks: Array) -> list[tuple[tuple[float, float], float, float]]:
    """Where blood shows: cheeks, nose, chin, lids: place, size [cm], strength."""
    nose, chin = marks[30], marks[8]
    cheek = (float(marks[45, 0]), float(nose[1]) + 0.4)
    return [
        (cheek, 2.2, 0.55),
        ((-cheek[0], cheek[1]), 2.2, 0.55),
        ((0.0, float(nose[1])), 1.3, 0.6),
        ((0.0, float(chin[1]) + 1.0), 1.6, 0.25),
        ((3.1, float(marks[43, 1])), 1.3, 0.45),
        ((-3.1, float(marks[43, 1])), 1.3, 0.45),
    ]


def _paint_lips(canvas: Array, marks: Array, look: Look, rng: np.random.Generator) -> None:
    outline = marks[48:60, :2].copy()
    outline += 0.06 * (outline - outline.mean(0))
    mask: Array = np.zeros(canvas.shape[:2], np.float32)
    cv2.fillPoly(mask, [_on_canvas(outline)], 1.0, cv2.LINE_AA)
    mask = _blurred(mask, 0.13 * FINENESS)
    lines = (
        1
        + 0.10
        * cv2.GaussianBlur(
            rng.standard_normal(mask.shape).astype(np.float32), (0, 0), sigmaX=1.2, sigmaY=9
        )
        * 3
    )
    cover = (0.85 * mask)[..., None]
    canvas[:] = canvas * (1 - cover) + np.array(look.lips, np.float32) * lines[..., None] * cover


def _draw_brows(canvas: Array, marks: Array, look: Look, rng: np.random.Generator) -> None:
    strands = np.zeros(canvas.shape[:2], np.float32)
    for rows, outwards in ((range(21, 16, -1), -1), (range(22, 27), 1)):
        path = marks[list(rows), :2] - (0, 0.22)
        for _ in range(620):
            along = rng.beta(1.3, 1.25)
            place = along * (len(path) - 1)
            start = int(min(place, len(path) - 2))
            middle = path[start] + (place - start) * (path[start + 1] - path[start])
            thick = look.brow * (1 - 0.72 * along**1.6)
            root = middle + np.array([0.0, rng.uniform(-0.6, 0.5) * thick])
            lean = np.radians(80 - 72 * along + rng.normal(0, 10))
            length = rng.uniform(0.25, 0.5)
            tip = root + length * np.array(
                [outwards * np.cos(lean), np.sin(lean) * (0.5 if along > 0.5 else 1)]
            )
            line = _on_canvas(np.array([root, tip]))
            cv2.line(
                strands, line[0].tolist(), line[1].tolist(), rng.uniform(0.5, 1), 1, cv2.LINE_AA
            )
    soft = np.clip(
        cv2.GaussianBlur(strands, (0, 0), 1.0) * 1.15 + 0.25 * cv2.GaussianBlur(strands, (0, 0), 6),
        0,
        0.93,
    )
    canvas[:] = canvas * (1 - soft[..., None]) + np.array(look.hair, np.float32) * soft[..., None]


def _draw_lashes(canvas: Array, marks: Array) -> None:
    """Darken the edges of the lids, the upper ones more."""
    for rows, cover in (
        ((36, 37, 38, 39), 0.8), ((42, 43, 44, 45), 0.8), ((36, 41, 40, 39), 0.35),
        ((42, 47, 46, 45), 0.35),
    ):  # fmt: skip
        line = np.zeros(canvas.shape[:2], np.float32)
        cv2.polylines(line, [_on_canvas(marks[list(rows), :2])], False, 1.0, 5, cv2.LINE_AA)
        soft = (cover * np.clip(1.6 * cv2.GaussianBlur(line, (0, 0), 2.5), 0, 1))[..., None]
        canvas *= 1 - 0.9 * soft


def _shade_beard(canvas: Array, marks: Array, look: Look, rng: np.random.Generator) -> None:
    if not look.stubble:
        return
    jaw = marks[2:15, :2]
    upper = np.array(
        [
            [marks[14, 0] - 0.8, -1.8],
            [2.6, -2.2],
            [0, -1.3],
            [-2.6, -2.2],
            [marks[2, 0] + 0.8, -1.8],
        ]
    )
    mask: Array = np.zeros(canvas.shape[:2], np.float32)
    cv2.fillPoly(mask, [_on_canvas(np.concatenate([jaw - (0, 1.2), upper]))], 1.0)
    mask = _blurred(mask, 0.7 * FINENESS)
    grain = np.clip(1 + 0.8 * _noise(mask.shape, 1.0, rng), 0, 2)
    cover = (look.stubble * 0.42 * mask * grain)[..., None]
    canvas[:] = canvas * (1 - cover) + np.array(look.hair, np.float32) * cover


def _on_canvas(points: Array) -> NDArray[np.int32]:
    moved = (points - (LEFT, 0)) * (1, -1) + (0, TOP)
    return np.round(moved * FINENESS).astype(np.int32)


def _spot(shape: tuple[int, int], place: tuple[float, float], size: float) -> Array:
    y, x = np.ogrid[: shape[0], : shape[1]]
    column, row = _on_canvas(np.array([place]))[0]
    squared = ((x - column) ** 2 + (y - row) ** 2) / (size * FINENESS) ** 2
    return np.asarray(np.exp(-squared), np.float32)


def _blurred(picture: Array, size: float) -> Array:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), size), np.float32)


def _noise(shape: tuple[int, ...], size: float, rng: np.random.Generator) -> Array:
    rough = cv2.GaussianBlur(rng.standard_normal(shape).astype(np.float32), (0, 0), size)
    return np.asarray(rough / rough.std(), np.float32)


def _blend(below: Array, above: Array | float, cover: Array) -> Array:
    return np.asarray(below * (1 - cover[:, None]) + above * cover[:, None])
