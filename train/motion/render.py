"""Turn one fitted still and curves of facial actions into the frames of a clip."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train.motion.camera import HeadMotion
from train.motion.face_model import frame_points
from train.motion.fit import FittedFace
from train.motion.mouth import MouthLook, draw_mouth_look, paint_mouth, resting_teeth_edge
from train.motion.warp import warp

Array = NDArray[np.float64]

# A fold may darken or brighten skin by these factors and no further.
LIGHT_RANGE = (0.65, 1.35)
AMBIENT = 0.35


@dataclass(frozen=True)
class Scene:
    """A still, what lies under it, and the light it is in.

    Attributes:
        image: ``(h, w)`` float32 grey, 0-255.
        face: The mesh laid over it.
        light: ``(3,)`` unit direction of the light: right, down, towards the camera.
        mouth: Brightness of the inside of the mouth.
    """

    image: NDArray[np.float32]
    face: FittedFace
    light: Array
    mouth: MouthLook


def draw_scene(image: NDArray[np.uint8], face: FittedFace, rng: np.random.Generator) -> Scene:
    """Guess the light and the inside of the mouth of a still."""
    light = np.array([rng.uniform(-0.35, 0.35), rng.uniform(-0.7, -0.2), 1.0])
    x, y = np.clip(np.round(face.points[:68].mean(0)), 0, image.shape[0] - 1).astype(int)
    skin = float(np.median(image[max(y - 8, 0) : y + 16, max(x - 12, 0) : x + 12]))
    look = draw_mouth_look(skin, rng)
    return Scene(image.astype(np.float32), face, light / np.linalg.norm(light), look)


def render(scene: Scene, strengths: Array, motion: HeadMotion) -> NDArray[np.float32]:
    """Render every frame of a clip.

    Args:
        scene: The still.
        strengths: ``(T, A)`` facial actions of each frame.
        motion: Head motion over the same frames.

    Returns:
        ``(T, h, w)`` grey, 0-255.
    """
    face, image = scene.face, scene.image
    around = frame_points(image.shape[1], image.shape[0])
    source = np.concatenate([face.points, around])
    teeth = resting_teeth_edge(face.placed(np.zeros(len(face.strengths))), scene.mouth)
    lit = _brightness(scene, face.strengths)
    frames = np.empty((len(strengths), *image.shape), np.float32)
    for t, now in enumerate(strengths):
        moved = face.placed(now, motion.turns[t])
        target = motion.apply(t, np.concatenate([moved, around]))
        ratio = np.clip(_brightness(scene, now) / lit, *LIGHT_RANGE)
        light = np.concatenate([ratio, np.ones(len(around))])
        frame = warp(image, source, target, face.mesh.triangles, light)
        frames[t] = paint_mouth(
            frame, face.points[:68], target[:68], motion.apply(t, teeth), scene.mouth
        )
    return frames


def _brightness(scene: Scene, strengths: Array) -> Array:
    facing = np.maximum(scene.face.normals(strengths) @ scene.light, 0)
    return np.asarray(AMBIENT + (1 - AMBIENT) * facing)
