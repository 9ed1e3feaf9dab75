"""Take out of a relaxed face what its facial actions did not explain of its expression.

Relaxing by facial actions leaves folds, shades and small shifts behind, from which a linear
classifier still names the expression. Linear concept erasure (LEACE, arXiv 2306.03819) finds the
smallest linear change of shape and shading after which no linear classifier can.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from train.motion.faces.face_model import FaceMesh
from train.motion.faces.fit import FittedFace, fit_face, pose_of
from train.motion.faces.pool import NEUTRAL, FacePool

Array = NDArray[np.float64]

# Classes are learned from at most and at least this many stills.
MOST_PER_LABEL, LEAST_PER_LABEL = 1500, 10
# Share of the covariance that is replaced by its diagonal: there are more features than
# directions in which faces vary.
SHRINKAGE = 0.1
# Brightness is compared on a logarithmic scale above this level, after this blur [px].
DARKEST, BLUR_PX = 20.0, 0.7
# No skin becomes brighter or darker by more than this factor's logarithm.
MOST_LIGHT = 0.5
SHAPE = 2 * 68


@dataclass(frozen=True)
class Relief:
    """What brings one relaxed face the rest of the way to neutral.

    Attributes:
        shift: ``(V, 2)`` displacement of every point [px].
        light: ``(V,)`` logarithm of the factor of brightness.
    """

    shift: Array
    light: Array


@dataclass(frozen=True)
class Erasure:
    """The linear change that takes the expression out of shape and shading.

    Attributes:
        neutral: ``(F,)`` features of an average neutral face.
        removal: ``(F, F)`` projection onto what tells expressions apart.
    """

    neutral: Array
    removal: Array

    def relief(self, image: NDArray[np.uint8], face: FittedFace) -> Relief:
        """The change that one still needs once its facial actions have relaxed.

        Args:
            image: ``(h, w)`` grey.
            face: The mesh over it.
        """
        change = -self.removal @ (features(image, face) - self.neutral)
        scale, upright = _frame_of(face)
        landmarks = change[:SHAPE].reshape(68, 2) @ upright.T * scale
        light = np.clip(change[SHAPE:], -MOST_LIGHT, MOST_LIGHT)
        return Relief(face.mesh.spread @ landmarks, light)


def rows_to_learn_from(pool: FacePool) -> NDArray[np.int64] | None:
    """Rows of some faces of every label; None where a label has too few of them."""
    rng = np.random.default_rng(0)
    rows_of = [np.flatnonzero(pool.labels == label) for label in range(int(pool.labels.max()) + 1)]
    if len(rows_of) < 2 or min(map(len, rows_of)) < LEAST_PER_LABEL:
        return None
    return np.concatenate([rng.permutation(rows)[:MOST_PER_LABEL] for rows in rows_of])


def learn_erasure(pool: FacePool, mesh: FaceMesh) -> Erasure | None:
    """Learn the change from labelled faces; None where a label has too few of them."""
    rows = rows_to_learn_from(pool)
    if rows is None:
        return None
    table = np.empty((len(rows), SHAPE + len(mesh.neutral)))
    for i, row in enumerate(tqdm(rows, desc="erasure", mininterval=2)):
        face = fit_face(mesh, pool.landmarks[row], pool.strengths[row])
        table[i] = features(pool.images[row], face)
    return erase(table, pool.labels[rows], NEUTRAL)


def erase(table: Array, labels: NDArray[np.int64], target: int) -> Erasure:
    """Erase a label from features.

    Args:
        table: ``(N, F)`` features.
        labels: ``(N,)``; every label counts the same.
        target: Label whose mean all others are brought to.
    """
    weights = 1 / np.bincount(labels)[labels]
    weights /= weights.sum()
    centred = table - weights @ table
    covariance = centred.T @ (centred * weights[:, None])
    diagonal = np.diag(np.diag(covariance) + 1e-6)
    sizes, axes = np.linalg.eigh((1 - SHRINKAGE) * covariance + SHRINKAGE * diagonal)
    whiten = axes * sizes**-0.5 @ axes.T
    colour = axes * sizes**0.5 @ axes.T
    means = np.stack([centred[labels == label].mean(0) for label in np.unique(labels)[:-1]], 1)
    basis, _ = np.linalg.qr(whiten @ means)
    return Erasure(table[labels == target].mean(0), colour @ basis @ basis.T @ whiten)


def features(image: NDArray[np.uint8], face: FittedFace) -> Array:
    """Shape and shading of a face with relaxed actions: ``(136 + V,)``.

    Shape is how far the landmarks lie from the model's own [units, upright]; shading is the
    logarithm of the brightness at every point, relative to the face's median.
    """
    relaxed = face.placed(np.zeros(len(face.strengths)))[:68]
    own = face.mesh.neutral[:68] @ face.camera[:2].T
    scale, upright = _frame_of(face)
    residual = (relaxed - relaxed.mean(0) - own + own.mean(0)) @ upright / scale
    places = face.points.astype(np.float32)[None]
    soft = cv2.GaussianBlur(image, (0, 0), BLUR_PX).astype(np.float32)
    seen = cv2.remap(
        soft, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    shade = np.log(seen[0].astype(np.float64) + DARKEST)
    return np.concatenate([residual.ravel(), shade - np.median(shade)])


def _frame_of(face: FittedFace) -> tuple[float, Array]:
    """Scale [px per unit] and the turn ``(2, 2)`` from an upright head to the image."""
    roll = pose_of(face.camera)[2]
    cos, sin = np.cos(roll), np.sin(roll)
    return float(np.linalg.norm(face.camera[0])), np.array([[cos, -sin], [sin, cos]])
