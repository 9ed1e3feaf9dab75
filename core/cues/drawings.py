"""Landmarks as pictures that an image tower can read: the parts of the face, and its outlines."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]
Points = NDArray[np.float32]
Color = tuple[int, int, int]

# Larger than any backbone's input is not needed.
DRAWING_PX = 224
# cv2 takes fixed-point coordinates with so many binary digits.
SHIFT = 4
# Far outside the picture nothing is drawn, and fixed-point numbers stay small.
REACH = 4.0

# Ours: each part has a brightness of its own, so that a grey tower tells them apart as well.
SKIN, CHEEK, CHIN = (30, 60, 120), (150, 75, 60), (70, 160, 90)
NOSE, LIPS, BROW = (200, 130, 120), (255, 165, 160), (250, 235, 120)
EYE, MOUTH = (255, 255, 255), (60, 0, 20)

# Of the 68 customary points; a later part lies over an earlier one. The subject's right is first.
HULLS: tuple[tuple[Color, tuple[int, ...]], ...] = (
    (SKIN, tuple(range(27))),
    (CHEEK, (1, 2, 3, 4, 48, 31, 39, 40, 41, 36)),
    (CHEEK, (15, 14, 13, 12, 54, 35, 42, 47, 46, 45)),
    (CHIN, (5, 6, 7, 8, 9, 10, 11, 54, 55, 56, 57, 58, 59, 48)),
    (NOSE, tuple(range(27, 36))),
    (BROW, tuple(range(17, 22))),
    (BROW, tuple(range(22, 27))),
)
OUTLINES: tuple[tuple[Color, tuple[int, ...]], ...] = (
    (EYE, tuple(range(36, 42))),
    (EYE, tuple(range(42, 48))),
    (LIPS, tuple(range(48, 60))),
    (MOUTH, tuple(range(60, 68))),
)
# Brows are thinner than the arc of their points; share of the picture's side.
BROW_WIDTH = 1 / 32
LINE_WIDTH = 1 / 56
DOT_RADIUS = 1 / 64


def draw_parts(points: Points, side_px: int = DRAWING_PX) -> Rgb:
    """Paint the face's parts: skin, cheeks, chin, nose, brows, eyes, lips and open mouth.

    Args:
        points: ``(68, 2)`` x and y as shares of the picture, its middle at 0 and its edges at
            -0.5 and 0.5; NaN where no face was found.
        side_px: Side of the picture.

    Returns:
        ``(side_px, side_px, 3)`` uint8 RGB on black; all black without a face.
    """
    canvas = np.zeros((side_px, side_px, 3), np.uint8)
    if not np.isfinite(points).all():
        return canvas
    places = _fixed_point(points, side_px)
    for color, rows in HULLS:
        cv2.fillConvexPoly(
            canvas, cv2.convexHull(places[list(rows)]), color, cv2.LINE_AA, shift=SHIFT
        )
    brow_px = max(1, round(side_px * BROW_WIDTH))
    arcs = [places[17:22], places[22:27]]
    cv2.polylines(canvas, arcs, False, BROW, brow_px, cv2.LINE_AA, shift=SHIFT)
    for color, rows in OUTLINES:
        cv2.fillPoly(canvas, [places[list(rows)]], color, cv2.LINE_AA, shift=SHIFT)
    return canvas


def draw_landmarks(points: Points, side_px: int = DRAWING_PX) -> Rgb:
    """Draw the 68 points and the lines between neighbours; see ``draw_parts``."""
    canvas = np.zeros((side_px, side_px, 3), np.uint8)
    if not np.isfinite(points).all():
        return canvas
    places = _fixed_point(points, side_px)
    thickness = max(1, round(side_px * LINE_WIDTH))
    lines: tuple[tuple[Color, bool, tuple[int, int]], ...] = (
        (CHIN, False, (0, 17)), (BROW, False, (17, 22)), (BROW, False, (22, 27)),
        (NOSE, False, (27, 31)), (NOSE, False, (31, 36)), (EYE, True, (36, 42)),
        (EYE, True, (42, 48)), (LIPS, True, (48, 60)), (LIPS, True, (60, 68)),
    )  # fmt: skip
    radius = round(side_px * DOT_RADIUS * 2**SHIFT)
    for color, closed, (first, end) in lines:
        line = [places[first:end]]
        cv2.polylines(canvas, line, closed, color, thickness, cv2.LINE_AA, shift=SHIFT)
        for x, y in places[first:end].tolist():
            cv2.circle(canvas, (x, y), radius, color, -1, cv2.LINE_AA, shift=SHIFT)
    return canvas


KINDS: dict[str, Callable[[Points], Rgb]] = {"parts": draw_parts, "landmarks": draw_landmarks}


def _fixed_point(points: Points, side_px: int) -> NDArray[np.int32]:
    # Pixel centres: the share 0 lies between the two middle pixels, hence the half pixel.
    pixels = (np.clip(points, -REACH, REACH) + 0.5) * side_px - 0.5
    return np.asarray(np.round(pixels * 2**SHIFT), np.int32)
