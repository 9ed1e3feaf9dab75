"""What the head, the light and the sensor do while a face moves."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from train.motion.acting.curves import wander

Array = NDArray[np.float64]

# Standard deviations at full restlessness: turn [rad], shift as share of the image, log zoom.
YAW_PITCH = 0.07
ROLL = 0.035
SHIFT = 0.02
ZOOM = 0.025
BOX_JITTER = 0.004
JPEG_SHARE = 0.3


@dataclass(frozen=True)
class HeadMotion:
    """Rigid motion of a head, relative to the still.

    Attributes:
        turns: ``(T, 2)`` yaw and pitch [rad].
        planes: ``(T, 2, 3)`` in-plane affine maps of pixel coordinates.
    """

    turns: Array
    planes: Array

    def apply(self, frame: int, points: Array) -> Array:
        """Move ``(P, 2)`` points [px] within the image plane."""
        plane = self.planes[frame]
        return np.asarray(points @ plane[:, :2].T + plane[:, 2])


def draw_head_motion(seconds: Array, width: int, rng: np.random.Generator) -> HeadMotion:
    """Draw a clip's head motion: from a head on a rest to a lively one.

    Args:
        seconds: ``(T,)`` times [s].
        width: Side of the image [px]; the motion turns about its middle.
        rng: Source of all randomness.
    """
    liveliness = rng.uniform(0, 1) ** 1.5
    curves = wander(seconds, 6, rng, fastest_hz=0.8) * liveliness
    # The face square of every frame is found anew, and never at quite the same place.
    curves[:, 3:5] += rng.normal(0, rng.uniform(0, BOX_JITTER / SHIFT), (len(seconds), 2))
    angle, zoom = curves[:, 2] * ROLL, np.exp(curves[:, 5] * ZOOM)
    cos, sin = np.cos(angle) * zoom, np.sin(angle) * zoom
    linear = np.stack([np.stack([cos, -sin], 1), np.stack([sin, cos], 1)], 1)  # (T, 2, 2)
    middle = np.full(2, (width - 1) / 2)
    offset = middle - linear @ middle + curves[:, 3:5] * SHIFT * width
    return HeadMotion(curves[:, :2] * YAW_PITCH, np.concatenate([linear, offset[..., None]], 2))


def film(
    frames: NDArray[np.float32], seconds: Array, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Add drifting light, sensor noise and, in some clips, compression.

    Args:
        frames: ``(T, h, w)`` grey, 0-255.
        seconds: ``(T,)`` times [s].
        rng: Source of all randomness.

    Returns:
        ``(T, h, w)`` uint8.
    """
    count, height, width = frames.shape
    drift = wander(seconds, 3, rng, fastest_hz=0.5) * rng.uniform(0, 1) * (0.04, 0.04, 0.04)
    across = np.linspace(-1, 1, width) * drift[:, 0, None]
    down = np.linspace(-1, 1, height) * drift[:, 1, None]
    gain = 1 + drift[:, 2, None, None] + across[:, None, :] + down[:, :, None]
    noise = rng.standard_normal(frames.shape, np.float32) * rng.uniform(0, 4)
    out = np.clip(frames * gain + noise, 0, 255).astype(np.uint8)
    if rng.random() < JPEG_SHARE:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 90))]
        for row in range(count):
            _, coded = cv2.imencode(".jpg", out[row], quality)
            out[row] = np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)
    return out
