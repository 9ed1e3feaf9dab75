"""Turn one fitted still and curves of facial actions into the frames of a clip."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train.motion.faces.erasure import Relief
from train.motion.faces.face_model import frame_points
from train.motion.faces.fit import FittedFace
from train.motion.filming.camera import HeadMotion
from train.motion.filming.mouth import MouthLook, draw_mouth_look, paint_mouth, resting_teeth_edge
from train.motion.filming.warp import warp

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
    """Guess the light and the inside of the mouth of a ``(h, w)`` grey still."""
    light = np.array([rng.uniform(-0.35, 0.35), rng.uniform(-0.7, -0.2), 1.0])
    rows = np.clip(np.round(face.points[:, ::-1]).astype(int), 0, np.array(image.shape) - 1)
    skin = float(np.median(image[rows[:, 0], rows[:, 1]]))
    look = draw_mouth_look(skin, rng)
    return Scene(image.astype(np.float32), face, light / np.linalg.norm(light), look)


def render(
    scene: Scene,
    strengths: Array,
    motion: HeadMotion,
    relief: Relief | None = None,
    calmness: Array | None = None,
) -> NDArray[np.float32]:
    """Render every frame of a clip.

    Args:
        scene: The still.
        strengths: ``(T, A)`` facial actions of each frame.
        motion: Head motion over the same frames.
        relief: What takes the rest of an expression out of the still.
        calmness: ``(T,)`` how much of the relief each frame gets.

    Returns:
        ``(T, h, w)`` grey, 0-255.
    """
    around = frame_points(scene.image.shape[1], scene.image.shape[0])
    teeth = resting_teeth_edge(scene.face.placed(np.zeros(strengths.shape[1])), scene.mouth)
    frames = np.empty((len(strengths), *scene.image.shape), np.float32)
    for t, now in enumerate(strengths):
        moved, light = scene.face.placed(now, motion.turns[t]), np.zeros(len(scene.face.points))
        if relief is not None and calmness is not None:
            moved, light = moved + calmness[t] * relief.shift, calmness[t] * relief.light
        target = motion.apply(t, np.concatenate([moved, around]))
        frame = render_points(scene, around, target, now, light)
        frames[t] = paint_mouth(
            frame, scene.face.points[:68], target[:68], motion.apply(t, teeth), scene.mouth
        )
    return frames


def render_points(
    scene: Scene, around: Array, target: Array, strengths: Array, light: Array
) -> NDArray[np.float32]:
    """Warp a still so that its points come to lie on given places, with the light that follows.

    Args:
        scene: The still.
        around: ``(12, 2)`` the frame's points in the still [px].
        target: ``(V + 12, 2)`` where mesh and frame come to lie [px].
        strengths: ``(A,)`` facial actions that the result shows.
        light: ``(V,)`` logarithm of a further factor of brightness.

    Returns:
        ``(h, w)`` grey, 0-255.
    """
    face = scene.face
    source = np.concatenate([face.points, around])
    ratio = _brightness(scene, strengths) / _brightness(scene, face.strengths)
    ratio = np.clip(ratio, *LIGHT_RANGE) * np.exp(light)
    factors = np.concatenate([ratio, np.ones(len(around))])
    return warp(scene.image, source, target, face.mesh.triangles, factors)


def _brightness(scene: Scene, strengths: Array) -> Array:
    facing = np.maximum(scene.face.normals(strengths) @ scene.light, 0)
    return np.asarray(AMBIENT + (1 - AMBIENT) * facing)
