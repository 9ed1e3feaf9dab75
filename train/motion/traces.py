"""Take the last traces of an expression out of the frames of relaxed faces.

``erasure`` changes shape and shading at the points of the mesh. What lies between and around them
still tells the expression to a linear classifier of pixels; the same erasure in pixels takes it
out, the more the further a face has relaxed.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from train.motion.acting.take import LEFTOVER, RELIEF
from train.motion.faces.erasure import Erasure, erase, rows_to_learn_from
from train.motion.faces.face_model import FaceMesh
from train.motion.faces.fit import fit_face
from train.motion.faces.pool import NEUTRAL, FacePool
from train.motion.filming.camera import HeadMotion
from train.motion.filming.render import draw_scene, render
from train.motion.look import look, middles

Array = NDArray[np.float64]
Frames = NDArray[np.float32]

# Traces are looked for at this side [px].
VIEW_PX = 32
# The change fades out over this share of the middle's side, so that no edge shows.
FADE_SHARE = 0.1
FULL_RELIEF = sum(RELIEF) / 2


@dataclass(frozen=True)
class Traces:
    """The linear change that takes the expression out of the pixels of relaxed faces.

    Attributes:
        erasure: Over frames as ``look`` has them at ``VIEW_PX``.
    """

    erasure: Erasure

    def erase_from(self, frames: Frames, calmness: Array) -> Frames:
        """Change frames as far as they are relaxed.

        Args:
            frames: ``(T, h, w)`` grey, 0-255.
            calmness: ``(T,)`` how much relief each frame has got, see ``train.motion.acting.take``.
        """
        views, contrast = look(frames, VIEW_PX)
        change = -(views - self.erasure.neutral) @ self.erasure.removal.T
        change *= (contrast * calmness / FULL_RELIEF)[:, None]
        out = frames.copy()
        inside = middles(out)
        height, width = inside.shape[1:]
        fade = np.outer(_fade(height), _fade(width)).astype(np.float32)
        for frame, view in zip(inside, change.reshape(-1, VIEW_PX, VIEW_PX), strict=True):
            frame += fade * cv2.resize(view.astype(np.float32), (width, height))
        return np.clip(out, 0, 255)


def learn_traces(pool: FacePool, mesh: FaceMesh, erasure: Erasure) -> Traces | None:
    """Learn the change from faces as ``erasure`` leaves them; None where a label has too few."""
    rows = rows_to_learn_from(pool)
    if rows is None:
        return None
    rng = np.random.default_rng(0)
    still = HeadMotion(np.zeros((1, 2)), np.eye(2, 3)[None])
    frames = np.empty((len(rows), *pool.images.shape[1:]), np.float32)
    for i, row in enumerate(tqdm(rows, desc="traces", mininterval=2)):
        face = fit_face(mesh, pool.landmarks[row], pool.strengths[row])
        scene = draw_scene(pool.images[row], face, rng)
        strengths, relief, calmness = face.strengths, None, None
        if pool.labels[row] != NEUTRAL:
            strengths = strengths * rng.uniform(0, LEFTOVER)
            relief = erasure.relief(pool.images[row], face)
            calmness = np.array([FULL_RELIEF])
        frames[i] = render(scene, strengths[None], still, relief, calmness)[0]
    return Traces(erase(look(frames, VIEW_PX)[0], pool.labels[rows], NEUTRAL))


def _fade(length: int) -> Array:
    """Weights that rise from 0 at both ends to 1."""
    steps = np.arange(length) + 0.5
    return np.asarray(np.clip(np.minimum(steps, length - steps) / (FADE_SHARE * length), 0, 1))
