"""Turn one real still of a person into another: geometry and texture go over together."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train.motion.faces.face_model import frame_points
from train.motion.faces.fit import FittedFace
from train.motion.filming.camera import HeadMotion
from train.motion.filming.render import Scene, draw_scene, render_points

Array = NDArray[np.float64]
Still = tuple[NDArray[np.uint8], FittedFace]

# Landmarks that facial actions leave almost alone: the corners of the eyes and the nose.
STABLE = (27, 28, 29, 30, 33, 36, 39, 42, 45)


@dataclass(frozen=True)
class Morph:
    """Two stills of one person, the second laid over the first.

    Attributes:
        first: Where the clip begins.
        second: The apex, its brightness brought to the first's.
        onto: ``(2, 3)`` similarity from the second still's pixels to the first's.
    """

    first: Scene
    second: Scene
    onto: Array


def draw_morph(first: Still, second: Still, rng: np.random.Generator) -> Morph:
    """Register two stills and match their brightness."""
    onto = similarity(second[1].points[list(STABLE)], first[1].points[list(STABLE)])
    start, apex = draw_scene(*first, rng), draw_scene(*second, rng)
    level, spread = _brightness(start)
    level_apex, spread_apex = _brightness(apex)
    matched = (apex.image - level_apex) * (spread / spread_apex) + level
    image = np.asarray(np.clip(matched, 0, 255), np.float32)
    return Morph(start, Scene(image, apex.face, start.light, start.mouth), onto)


def render_morph(
    morph: Morph, shares: Array, extra: Array, motion: HeadMotion
) -> NDArray[np.float32]:
    """Render every frame of a morph.

    Args:
        morph: The two stills.
        shares: ``(T,)`` how much of the second still is there, 0-1.
        extra: ``(T, A)`` facial actions to add to both.
        motion: Head motion over the same frames.

    Returns:
        ``(T, h, w)`` grey, 0-255.
    """
    first, second = morph.first, morph.second
    around = frame_points(first.image.shape[1], first.image.shape[0])
    unlit = np.zeros(len(first.face.points))
    frames = np.empty((len(shares), *first.image.shape), np.float32)
    for t, share in enumerate(shares):
        layers = []
        now = [scene.face.strengths + extra[t] for scene in (first, second)]
        places = [
            first.face.placed(now[0], motion.turns[t]),
            _apply(morph.onto, second.face.placed(now[1], motion.turns[t])),
        ]
        between = (1 - share) * places[0] + share * places[1]
        target = motion.apply(t, np.concatenate([between, around]))
        behind = _apply(_inverse(morph.onto), around)
        for scene, corners, strengths in ((first, around, now[0]), (second, behind, now[1])):
            layers.append(render_points(scene, corners, target, strengths, unlit))
        frames[t] = (1 - share) * layers[0] + share * layers[1]
    return frames


def similarity(source: Array, target: Array) -> Array:
    """Least-squares turn, zoom and shift from ``(P, 2)`` to ``(P, 2)`` points: ``(2, 3)``."""
    mean, goal = source.mean(0), target.mean(0)
    # As complex numbers a turn and zoom is one multiplication.
    before, after = (source - mean) @ (1, 1j), (target - goal) @ (1, 1j)
    factor = np.vdot(before, after) / np.vdot(before, before)
    linear = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
    return np.column_stack([linear, goal - linear @ mean])


def _apply(plane: Array, points: Array) -> Array:
    return np.asarray(points @ plane[:, :2].T + plane[:, 2])


def _inverse(plane: Array) -> Array:
    linear = np.linalg.inv(plane[:, :2])
    return np.column_stack([linear, -linear @ plane[:, 2]])


def _brightness(scene: Scene) -> tuple[float, float]:
    """Mean and spread of the grey values between brows and mouth."""
    points = scene.face.points[17:68]
    low = np.clip(points.min(0), 0, None).astype(int)
    high = np.ceil(points.max(0)).astype(int)
    patch = scene.image[low[1] : high[1] + 1, low[0] : high[0] + 1]
    return float(patch.mean()), float(patch.std()) + 1.0
