"""How far open, raised or turned is each part of a face, frame by frame?"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Rows of the 68 customary landmarks.
EYE_CORNERS = ((36, 39), (42, 45))
BROWS = tuple(range(17, 27))
INNER_BROWS, OUTER_BROWS = (20, 21, 22, 23), (17, 18, 25, 26)
UPPER_LIDS, LOWER_LIDS = (37, 38, 43, 44), (41, 40, 47, 46)
UPPER_INNER_LIP, LOWER_INNER_LIP = (61, 62, 63), (67, 66, 65)
LIP_CORNERS = (48, 54)
NOSE_TIP, NOSE_BASE = 30, 33


@dataclass(frozen=True)
class Measure:
    """One thing that a face can do more or less of.

    Attributes:
        part: What it is part of, for saying what stays still.
        more: What happens when the value grows, said of the face.
        less: What happens when it shrinks.
        least: Smallest change worth a word, in the value's unit.
        value: From upright tracks ``(n, 68, 2)`` and rolls ``(n,)`` to values ``(n,)``.
    """

    part: str
    more: str
    less: str
    least: float
    value: Callable[[Array, Array], Array]


def upright(track: Array) -> tuple[Array, Array]:
    """Take position, size and roll of the head out of a track.

    Args:
        track: ``(n, 68, 2)`` landmarks in any unit, y downwards.

    Returns:
        ``(n, 68, 2)`` with the middle between the eyes as origin, the line through them as x axis
        and their distance as unit, y downwards; and the rolls that were taken out, ``(n,)`` [rad].
    """
    right, left = (track[:, list(corners)].mean(1) for corners in EYE_CORNERS)
    axis = left - right
    distance = np.maximum(np.linalg.norm(axis, axis=1), 1e-9)
    roll = np.arctan2(axis[:, 1], axis[:, 0])
    x_axis = axis / distance[:, None]
    y_axis = np.stack([-x_axis[:, 1], x_axis[:, 0]], 1)
    centered = (track - ((left + right) / 2)[:, None]) / distance[:, None, None]
    return np.stack([_along(centered, x_axis), _along(centered, y_axis)], -1), roll


def _along(points: Array, axis: Array) -> Array:
    return np.asarray(np.einsum("npd,nd->np", points, axis))


def _height(face: Array, rows: tuple[int, ...]) -> Array:
    """Mean height of points above the line of the eyes."""
    return np.asarray(-face[:, list(rows), 1].mean(1))


# Ours: the least changes are a few times the trembling of MediaPipe's points on faces of 48 px.
# The unit is the distance between the eyes' middles; of the tilt it is the radian.
MEASURES: tuple[Measure, ...] = (
    Measure("brows", "the brows rise", "the brows sink", 0.05, lambda f, _: _height(f, BROWS)),
    Measure(
        "brows",
        "the inner ends of the brows rise",
        "the inner ends of the brows sink",
        0.05,
        lambda f, _: _height(f, INNER_BROWS) - _height(f, OUTER_BROWS),
    ),
    Measure(
        "brows",
        "the brows move apart",
        "the brows draw together",
        0.05,
        lambda f, _: f[:, 22, 0] - f[:, 21, 0],
    ),
    Measure(
        "eyes",
        "the eyes open wider",
        "the eyes narrow",
        0.04,
        lambda f, _: _height(f, UPPER_LIDS) - _height(f, LOWER_LIDS),
    ),
    Measure(
        "mouth",
        "the lip corners rise",
        "the lip corners sink",
        0.06,
        lambda f, _: f[:, NOSE_BASE, 1] + _height(f, LIP_CORNERS),
    ),
    Measure(
        "mouth",
        "the mouth widens",
        "the mouth grows narrower",
        0.1,
        lambda f, _: f[:, LIP_CORNERS[1], 0] - f[:, LIP_CORNERS[0], 0],
    ),
    Measure(
        "mouth",
        "the mouth opens",
        "the mouth closes",
        0.08,
        lambda f, _: _height(f, UPPER_INNER_LIP) - _height(f, LOWER_INNER_LIP),
    ),
    Measure(
        "head",
        "the head turns aside",
        "the head turns to the front",
        0.1,
        lambda f, _: np.abs(f[:, NOSE_TIP, 0]),
    ),
    Measure("head", "the head sinks", "the head lifts", 0.1, lambda f, _: f[:, NOSE_TIP, 1]),
    Measure("head", "the head tilts", "the head straightens", 0.08, lambda _, roll: np.abs(roll)),
)
