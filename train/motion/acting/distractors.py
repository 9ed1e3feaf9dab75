"""Movement that carries no expression: blinks, speech, small tensions of a resting face."""

import numpy as np
from numpy.typing import NDArray

from train.motion.acting.actions import rows_of
from train.motion.acting.curves import smooth_step, wander
from train.motion.faces.face_model import FaceMesh

Array = NDArray[np.float64]

BLINKS_PER_S = 0.3
BLINK_CLOSING_S, BLINK_OPENING_S = 0.10, 0.18
# The jaw's strokes and the lips' shapes of speech, with the strength reached at the loudest.
JAW_STROKE_HZ = (2.0, 5.0)
JAW_STROKE = 0.35
SPEECH_LIPS = {
    "mouthFunnel": 0.5,
    "mouthPucker": 0.5,
    "mouthStretch": 0.3,
    "mouthUpperUp": 0.25,
    "mouthLowerDown": 0.4,
    "mouthPress": 0.3,
}
RESTLESS = ("browDown", "browInnerUp", "browOuterUp", "eyeSquint", "mouthPress", "mouthSmile")


def blinks(mesh: FaceMesh, seconds: Array, rng: np.random.Generator) -> Array:
    """Blinks at random moments: ``(T, A)`` strengths to add."""
    added = np.zeros((len(seconds), len(mesh.actions)))
    span = seconds[-1] - seconds[0] + BLINK_OPENING_S
    for _ in range(rng.poisson(BLINKS_PER_S * span)):
        closed_at = rng.uniform(seconds[0], seconds[-1] + BLINK_OPENING_S)
        closing = smooth_step(1 + (seconds - closed_at) / BLINK_CLOSING_S)
        opening = smooth_step(1 - (seconds - closed_at) / BLINK_OPENING_S)
        for row, _ in rows_of(mesh, "eyeBlink"):
            added[:, row] = np.maximum(added[:, row], np.minimum(closing, opening))
    return added


def speech(mesh: FaceMesh, seconds: Array, rng: np.random.Generator) -> Array:
    """Talking: jaw strokes and changing lips: ``(T, A)`` strengths to add."""
    added = np.zeros((len(seconds), len(mesh.actions)))
    loudness = rng.uniform(0.3, 1.0)
    pauses = smooth_step(0.5 + wander(seconds, 1, rng, 0.7)[:, 0])
    rate = rng.uniform(*JAW_STROKE_HZ)
    stroke = 0.5 + 0.35 * wander(seconds, 1, rng, rate)[:, 0]
    added[:, mesh.index("jawOpen")] = JAW_STROKE * loudness * pauses * np.clip(stroke, 0, 1.2)
    shapes = np.clip(wander(seconds, len(SPEECH_LIPS), rng, rate), 0, 1.5)
    for (name, size), shape in zip(SPEECH_LIPS.items(), shapes.T, strict=True):
        for row, _ in rows_of(mesh, name):
            added[:, row] = size * loudness * pauses * shape
    return added


def restlessness(mesh: FaceMesh, seconds: Array, rng: np.random.Generator) -> Array:
    """Small slow tensions that stay below an expression: ``(T, A)`` strengths to add."""
    added = np.zeros((len(seconds), len(mesh.actions)))
    size = rng.uniform(0, 0.10)
    curves = np.clip(wander(seconds, len(RESTLESS), rng, 0.6), -1, 2)
    for name, curve in zip(RESTLESS, curves.T, strict=True):
        for row, _ in rows_of(mesh, name):
            added[:, row] = size * curve
    return added
