"""A face drawn from a few numbers: an example that belongs to nobody."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Color = tuple[int, int, int]

SKIN: Color = (236, 196, 164)
SHADE: Color = (205, 156, 122)
HAIR: Color = (62, 44, 38)
SHIRT: Color = (70, 92, 122)
EYE: Color = (250, 250, 250)
PUPIL: Color = (48, 38, 34)
LIP: Color = (150, 66, 64)
TEETH: Color = (248, 246, 242)
SKY_TOP = np.array([203, 213, 225], np.float32)
SKY_BOTTOM = np.array([148, 163, 184], np.float32)

# Drawn larger and reduced, which smooths every edge.
OVERSAMPLING = 2


@dataclass(frozen=True)
class Expression:
    """What the drawn face does.

    Attributes:
        smile: -1 corners down, 0 straight, 1 broad smile.
        surprise: 0 none, 1 open mouth and raised brows.
        blink: 0 open eyes, 1 shut.
    """

    smile: float = 0.0
    surprise: float = 0.0
    blink: float = 0.0


def draw_face(
    expression: Expression, *, side_px: int = 320, shift: tuple[float, float] = (0.0, 0.0)
) -> Image:
    """Draw the face, frontal, with head and shoulders.

    Args:
        expression: What the face does.
        side_px: Width and height of the picture.
        shift: Movement of the head to the right and down, as a share of the picture.

    Returns:
        ``(side_px, side_px, 3)`` uint8 RGB.
    """
    canvas = _Canvas(side_px * OVERSAMPLING)
    canvas.ellipse((0.5, 1.05), (0.36, 0.28), SHIRT)
    canvas.shift = shift
    canvas.ellipse((0.5, 0.78), (0.1, 0.16), SHADE)
    canvas.ellipse((0.5, 0.42), (0.262, 0.30), HAIR)
    canvas.ellipse((0.5, 0.48), (0.215, 0.28), SKIN)
    canvas.ellipse((0.5, 0.27), (0.225, 0.13), HAIR, arc=(180, 360))
    canvas.line([(0.5, 0.46), (0.494, 0.545)], (222, 178, 146), 0.014)
    canvas.ellipse((0.5, 0.55), (0.03, 0.016), SHADE, arc=(0, 180), width=0.009)
    for side in (-1, 1):
        _draw_eye(canvas, expression, side)
        _draw_brow(canvas, expression, side)
    _draw_mouth(canvas, expression)
    small = cv2.resize(canvas.image, (side_px, side_px), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


class _Canvas:
    """Draws in shares of the picture, so that shapes do not depend on its size."""

    def __init__(self, side_px: int) -> None:
        height = np.linspace(0, 1, side_px, dtype=np.float32)[:, None, None]
        sky = SKY_TOP * (1 - height) + SKY_BOTTOM * height
        self.image = np.ascontiguousarray(np.broadcast_to(sky, (side_px, side_px, 3)), np.uint8)
        self.shift = (0.0, 0.0)
        self._side_px = side_px

    def ellipse(
        self,
        center: tuple[float, float],
        radii: tuple[float, float],
        color: Color,
        *,
        arc: tuple[int, int] = (0, 360),
        width: float = 0.0,
    ) -> None:
        thickness = self._length(width) if width else -1
        size = (self._length(radii[0]), self._length(radii[1]))
        at = self._points([center])[0]
        cv2.ellipse(self.image, at.tolist(), size, 0, *arc, color, thickness, lineType=cv2.LINE_AA)

    def line(self, points: list[tuple[float, float]], color: Color, width: float) -> None:
        path = self._points(points)
        cv2.polylines(self.image, [path], False, color, self._length(width), cv2.LINE_AA)

    def area(self, points: list[tuple[float, float]], color: Color) -> None:
        cv2.fillPoly(self.image, [self._points(points)], color, cv2.LINE_AA)

    def _length(self, share: float) -> int:
        return max(1, round(share * self._side_px))

    def _points(self, points: list[tuple[float, float]]) -> NDArray[np.int32]:
        return np.rint((np.array(points) + self.shift) * self._side_px).astype(np.int32)


def _draw_eye(canvas: _Canvas, expression: Expression, side: int) -> None:
    x, y = 0.5 + side * 0.088, 0.445
    # A smile lifts the cheeks and narrows the eyes.
    wide = 0.015 - 0.005 * max(expression.smile, 0.0) + 0.014 * expression.surprise
    opening = max(0.003, wide * (1 - expression.blink))
    canvas.ellipse((x, y - 0.004), (0.047, opening + 0.010), SHADE)
    canvas.ellipse((x, y), (0.040, opening), EYE)
    if expression.blink < 0.7:
        pupil = min(0.017, opening)
        canvas.ellipse((x, y), (pupil, pupil), PUPIL)
    canvas.ellipse((x, y), (0.041, opening + 0.002), HAIR, arc=(190, 350), width=0.006)


def _draw_brow(canvas: _Canvas, expression: Expression, side: int) -> None:
    sad = max(-expression.smile, 0.0)
    lift = 0.004 * max(expression.smile, 0.0) + 0.038 * expression.surprise
    x, y = 0.5 + side * 0.088, 0.392 - lift
    inner = (x - side * 0.046, y + 0.003 - 0.022 * sad)
    middle = (x + side * 0.006, y - 0.008 - 0.004 * sad)
    outer = (x + side * 0.056, y + 0.006 + 0.012 * sad)
    canvas.line([inner, middle, outer], HAIR, 0.016)


def _draw_mouth(canvas: _Canvas, expression: Expression) -> None:
    smile = expression.smile
    steps = np.linspace(-1, 1, 41)
    half = 0.066 + 0.040 * max(smile, 0.0) - 0.006 * max(-smile, 0.0)
    arch = 1 - steps**2
    if smile > 0.2:
        for side in (-1, 1):
            fold = [(0.5 + side * (0.052 + 0.03 * share), 0.56 + 0.07 * share) for share in (0, 1)]
            canvas.line(fold, SHADE, 0.007)
    if expression.surprise > 0.3:
        canvas.ellipse((0.5, 0.665), (0.045, 0.058 * expression.surprise), LIP)
        canvas.ellipse((0.5, 0.665), (0.033, 0.044 * expression.surprise), PUPIL)
    elif smile > 0.35:
        upper = 0.630 + 0.018 * arch * smile
        lower = 0.630 + 0.072 * arch * smile
        canvas.area(_band(steps * half, upper, lower), LIP)
        teeth = upper + (lower - upper) * 0.72
        canvas.area(_band(steps * half * 0.92, upper + 0.004, teeth), TEETH)
    else:
        curve = 0.645 + smile * (0.038 * arch - 0.014)
        canvas.line([(0.5 + x, y) for x, y in zip(steps * half, curve, strict=True)], LIP, 0.017)


def _band(
    x: NDArray[np.float64], upper: NDArray[np.float64], lower: NDArray[np.float64]
) -> list[tuple[float, float]]:
    there = [(0.5 + a, float(b)) for a, b in zip(x, upper, strict=True)]
    back = [(0.5 + a, float(b)) for a, b in zip(x[::-1], lower[::-1], strict=True)]
    return there + back
