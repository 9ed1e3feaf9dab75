"""Lay the control mesh over a still face: camera, facial actions and every point's place."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train.motion.faces.face_model import LOWER_INNER_LIP, UPPER_INNER_LIP, FaceMesh, blend

Array = NDArray[np.float64]

# The outline of the jaw turns away from the camera: its landmarks slide and count for less.
JAW_WEIGHT = 0.3
# MediaPipe's actions that the mesh holds as a left and a right half.
HALVED = {"browInnerUp", "cheekPuff"}
# Strength of the mesh's action per MediaPipe score: relaxing 735 FER2013 faces with a gain of 1
# left up to two thirds of these scores behind.
GAINS = {
    "browDown": 1.7,
    "browInnerUp": 1.5,
    "browOuterUp": 1.35,
    "eyeSquint": 1.8,
    "eyeBlink": 1.6,
    "eyeWide": 1.5,
    "mouthFrown": 1.7,
    "mouthStretch": 1.35,
    "mouthPucker": 1.4,
    "mouthShrugLower": 1.7,
    "mouthShrugUpper": 1.7,
    "mouthRollLower": 1.6,
    "mouthPress": 1.7,
}
# Anatomical reach of an action; slightly below rest is possible too.
WEAKEST, STRONGEST = -0.3, 1.8
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
        strengths = within_reach(self.mesh, strengths)
        change = blend(strengths - self.strengths, self.mesh.deltas)
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
        return np.asarray(self.mesh.neutral + blend(strengths, self.mesh.deltas))

    def normals(self, strengths: Array) -> Array:
        """Unit normals in the image's axes, ``(V, 3)``: right, down, towards the camera."""
        bent = self.mesh.normals + blend(strengths, self.mesh.normal_deltas)
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
        shape = mesh.neutral + blend(strengths, mesh.deltas)
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
        scores: ``(N, 52)``.
        rest: ``(52,)`` scores of an average neutral face.

    Returns:
        ``(N, A)``.
    """
    above = np.maximum(scores - rest, 0) / np.maximum(1 - rest, 1e-6)
    columns = {str(name): i for i, name in enumerate(actions)}
    out = np.zeros((len(scores), len(mesh.actions)))
    for i, name in enumerate(mesh.actions):
        stem, _, side = name.partition("_")
        full = stem + {"L": "Left", "R": "Right", "": ""}[side]
        column = columns.get(stem if stem in HALVED else full)
        if column is not None:
            out[:, i] = above[:, column] * GAINS.get(stem, 1.0)
    for side in "LR":
        _add_unseen(mesh, out, side)
    return within_reach(mesh, out)


def within_reach(mesh: FaceMesh, strengths: Array) -> Array:
    """Keep ``(..., A)`` strengths anatomically possible: a lid closes once, a jaw drops so far."""
    limits = np.full(len(mesh.actions), STRONGEST)
    limits[[mesh.index("eyeBlink_L"), mesh.index("eyeBlink_R")]] = 1.0
    return np.asarray(np.clip(strengths, WEAKEST, limits))


def pose_of(camera: Array) -> Array:
    """Yaw, pitch and roll of a camera relative to a frontal upright face, ``(3,)`` [rad]."""
    right, _, depth = camera / np.linalg.norm(camera[0])
    yaw, pitch = np.arcsin(np.clip((-depth[0], depth[1]), -1, 1))
    return np.array([yaw, pitch, np.arctan2(right[1], right[0])])


def _add_unseen(mesh: FaceMesh, strengths: Array, side: str) -> None:
    """Add the actions that MediaPipe never reports, from those that bring them along."""

    def column(name: str) -> Array:
        return strengths[:, mesh.index(f"{name}_{side}")]

    smile = np.clip(column("mouthSmile"), 0, 1)
    # Real smiles lift the cheeks (AU 6 with 12); a lip raised without a smile wrinkles the nose.
    strengths[:, mesh.index(f"cheekSquint_{side}")] += 0.6 * smile
    strengths[:, mesh.index(f"noseSneer_{side}")] += 0.8 * column("mouthUpperUp") * (1 - smile)


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
