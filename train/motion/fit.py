"""Lay the control mesh over a still face: camera, facial actions and every point's place."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train.motion.face_model import LOWER_INNER_LIP, UPPER_INNER_LIP, FaceMesh

Array = NDArray[np.float64]

# The outline of the jaw turns away from the camera: its landmarks slide and count for less.
JAW_WEIGHT = 0.3
# MediaPipe's actions that the mesh holds as a left and a right half.
HALVED = {"browInnerUp", "cheekPuff"}
# Opening of the lips that the scores left unexplained is given to the jaw, up to this strength.
JAW_RANGE = (0.0, 1.8)
UPPER_LIP_MIDDLE, LOWER_LIP_MIDDLE = 62, 66
# Model openings below this are closed lips [units].
CLOSED = 0.1


@dataclass(frozen=True)
class FittedFace:
    """One still under the mesh.

    Attributes:
        mesh: The control mesh.
        points: ``(V, 2)`` where the control points lie in the still [px].
        camera: ``(3, 3)`` scaled rotation from the model's axes to the image's; the third row is
            depth, towards the camera [px].
        strengths: ``(A,)`` facial actions in the still, 0 = the rest of an average neutral face.
    """

    mesh: FaceMesh
    points: Array
    camera: Array
    strengths: Array

    def placed(self, strengths: Array, turn: Array | None = None) -> Array:
        """Where the points lie with other facial actions and a slightly turned head.

        Args:
            strengths: ``(A,)`` facial actions.
            turn: ``(2,)`` yaw and pitch relative to the still [rad].

        Returns:
            ``(V, 2)`` [px].
        """
        change = np.tensordot(strengths - self.strengths, self.mesh.deltas, 1)
        moved = self.points + change @ self.camera[:2].T + self._seal(strengths)
        if turn is None:
            return np.asarray(moved)
        shape = self.shape(strengths)
        camera_space = (shape - shape.mean(0)) @ self.camera.T
        turned = camera_space @ _rotation(*turn).T
        return np.asarray(moved + (turned - camera_space)[:, :2])

    def _seal(self, strengths: Array) -> Array:
        """Bring the lips together as they close: what the actions left of their opening."""
        shape, before = self.shape(strengths), self.shape(self.strengths)
        gap = shape[UPPER_LIP_MIDDLE, 1] - shape[LOWER_LIP_MIDDLE, 1] - CLOSED
        gap_before = before[UPPER_LIP_MIDDLE, 1] - before[LOWER_LIP_MIDDLE, 1] - CLOSED
        still_open = np.clip(gap / gap_before, 0, 1) if gap_before > CLOSED else 1.0
        upper, lower = list(UPPER_INNER_LIP), list(LOWER_INNER_LIP)
        modelled = (before[lower] - before[upper]) @ self.camera[:2].T
        unexplained = self.points[lower] - self.points[upper] - modelled  # (5, 2)
        return np.asarray(self.mesh.lip_pull @ unexplained * (1 - still_open))

    def shape(self, strengths: Array) -> Array:
        """The model in its own axes, ``(V, 3)``."""
        return np.asarray(self.mesh.neutral + np.tensordot(strengths, self.mesh.deltas, 1))

    def normals(self, strengths: Array) -> Array:
        """Unit normals in the image's axes, ``(V, 3)``: right, down, towards the camera."""
        bent = self.mesh.normals + np.tensordot(strengths, self.mesh.normal_deltas, 1)
        scale = np.linalg.norm(self.camera[0])
        seen = bent @ self.camera.T / scale
        return np.asarray(seen / np.maximum(np.linalg.norm(seen, axis=1, keepdims=True), 1e-6))


def fit_face(mesh: FaceMesh, landmarks: NDArray[np.float32], strengths: Array) -> FittedFace:
    """Fit camera and points to a still.

    Args:
        mesh: The control mesh.
        landmarks: ``(68, 2)`` [px].
        strengths: ``(A,)`` facial actions of the still, in the mesh's order.
    """
    seen = landmarks.astype(np.float64)
    strengths = strengths.copy()
    for _ in range(2):  # the jaw's correction needs the camera, and changes it a little
        shape = mesh.neutral + np.tensordot(strengths, mesh.deltas, 1)
        camera, offset = fit_camera(shape[:68], seen)
        projected = shape @ camera[:2].T + offset
        _explain_opening(mesh, strengths, seen, projected, camera)
    points = projected + mesh.spread @ (seen - projected[:68])
    return FittedFace(mesh, points, camera, strengths)


def fit_camera(shape: Array, seen: Array) -> tuple[Array, Array]:
    """Scaled orthographic camera that brings ``(68, 3)`` model points onto ``(68, 2)`` pixels."""
    weights = np.ones(68)
    weights[:17] = JAW_WEIGHT
    weights /= weights.sum()
    model_mean, image_mean = weights @ shape, weights @ seen
    root = np.sqrt(weights)[:, None]
    affine, *_ = np.linalg.lstsq(
        root * (shape - model_mean), root * (seen - image_mean), rcond=None
    )
    left, sizes, right = np.linalg.svd(affine.T, full_matrices=False)
    rows = left @ right  # the nearest pair of orthogonal axes
    # y points down in the image and depth towards the camera: the axes are left-handed.
    depth = -np.cross(rows[0], rows[1])
    camera = np.vstack([rows, depth]) * sizes.mean()
    return camera, image_mean - camera[:2] @ model_mean


def strengths_of(
    mesh: FaceMesh, actions: NDArray[np.str_], scores: NDArray[np.float32], rest: Array
) -> Array:
    """Bring MediaPipe's scores into the mesh's order, counted from an average neutral face.

    Args:
        mesh: The control mesh.
        actions: ``(52,)`` MediaPipe's names.
        scores: ``(N, 52)`` or ``(52,)``.
        rest: ``(52,)`` scores of an average neutral face.

    Returns:
        ``(N, A)`` or ``(A,)``; actions that MediaPipe does not know are 0.
    """
    above = np.maximum(scores - rest, 0) / np.maximum(1 - rest, 1e-6)
    columns = {str(name): i for i, name in enumerate(actions)}
    out = np.zeros((*scores.shape[:-1], len(mesh.actions)))
    for i, name in enumerate(mesh.actions):
        stem, _, side = name.partition("_")
        full = stem + {"L": "Left", "R": "Right", "": ""}[side]
        column = columns.get(stem if stem in HALVED else full)
        if column is not None:
            out[..., i] = above[..., column]
    return out


def _explain_opening(
    mesh: FaceMesh, strengths: Array, seen: Array, projected: Array, camera: Array
) -> None:
    """Let the jaw account for the part of the lips' opening that the scores missed."""
    jaw = mesh.index("jawOpen")
    gap_seen = np.linalg.norm(seen[LOWER_LIP_MIDDLE] - seen[UPPER_LIP_MIDDLE])
    gap_model = np.linalg.norm(projected[LOWER_LIP_MIDDLE] - projected[UPPER_LIP_MIDDLE])
    per_jaw = mesh.deltas[jaw, LOWER_LIP_MIDDLE] - mesh.deltas[jaw, UPPER_LIP_MIDDLE]
    rate = np.linalg.norm(per_jaw @ camera[:2].T)
    strengths[jaw] = np.clip(strengths[jaw] + (gap_seen - gap_model) / rate, *JAW_RANGE)


def _rotation(yaw: float, pitch: float) -> Array:
    cos_yaw, sin_yaw, cos_pitch, sin_pitch = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    about_y = np.array([[cos_yaw, 0, sin_yaw], [0, 1, 0], [-sin_yaw, 0, cos_yaw]])
    about_x = np.array([[1, 0, 0], [0, cos_pitch, -sin_pitch], [0, sin_pitch, cos_pitch]])
    return np.asarray(about_y @ about_x)
