"""The faces that clips are made of: those seen well enough to be moved."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.labels import SEVEN
from train.faceclip.stills.sources import Stills
from train.motion.faces.face_model import FaceMesh
from train.motion.faces.fit import fit_camera, pose_of, strengths_of
from train.motion.faces.landmarks import Landmarks

Array = NDArray[np.float64]

NEUTRAL = SEVEN.index("neutral")
# Beyond these a face hides too much of itself to be redrawn [rad].
MOST_YAW, MOST_ROLL = 0.45, 0.35
# Width of the face in canvas pixels per unit of the model: 48 px are about 3.1.
SCALE_PX = (2.2, 3.9)
# Two stills are morphed only when the head turns less than this between them [rad].
MOST_TURN_OF_PAIR = 0.2
# This share of the neutral stills, the calmest, may act: labels are noisy.
CALM_SHARE = 0.7


@dataclass(frozen=True)
class FacePool:
    """Stills with what is needed to move them.

    Attributes:
        images: ``(N, 64, 64)`` uint8 grey canvases.
        labels: ``(N,)`` int64 index into ``core.labels.SEVEN``.
        people: ``(N,)`` name of the person.
        landmarks: ``(N, 68, 2)`` float32 [px].
        strengths: ``(N, A)`` facial actions above rest, in the mesh's order.
        poses: ``(N, 3)`` yaw, pitch and roll [rad].
        calm: ``(N,)`` whether the still is neutral by its label and by its facial actions.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    people: NDArray[np.str_]
    landmarks: NDArray[np.float32]
    strengths: Array
    poses: Array
    calm: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.labels)

    def subset(self, mask: NDArray[np.bool_]) -> "FacePool":
        """Select rows by mask."""
        return FacePool(**{field.name: getattr(self, field.name)[mask] for field in fields(self)})


def build_pool(stills: Stills, landmarks: Landmarks, mesh: FaceMesh) -> FacePool:
    """Keep the frontal, well-framed faces of a collection.

    Args:
        stills: The collection.
        landmarks: Its landmarks, row for row.
        mesh: The face model that will be laid over them.

    Raises:
        DataError: The collection has no neutral face to tell what rest looks like.
    """
    resting = landmarks.found & (stills.labels == NEUTRAL)
    if not resting.any():
        raise DataError(
            f"none of these {len(stills)} stills is a neutral face with landmarks; animate needs "
            "neutral faces in every collection"
        )
    rest = np.median(landmarks.scores[resting], 0)
    strengths = strengths_of(mesh, landmarks.actions, landmarks.scores, rest)
    activity = strengths.sum(1)
    calm = resting & (activity <= np.quantile(activity[resting], CALM_SHARE))
    poses, scales = _poses(landmarks, mesh)
    yaw, _, roll = np.abs(np.nan_to_num(poses, nan=np.inf)).T
    usable = (yaw < MOST_YAW) & (roll < MOST_ROLL)
    usable &= (scales > SCALE_PX[0]) & (scales < SCALE_PX[1])
    whole = FacePool(
        stills.images, stills.labels, stills.people, landmarks.points, strengths, poses, calm
    )
    return whole.subset(usable)


def _poses(landmarks: Landmarks, mesh: FaceMesh) -> tuple[Array, Array]:
    """Yaw, pitch and roll ``(N, 3)`` [rad] and scale ``(N,)`` [px per unit]; NaN without a face."""
    poses, scales = np.full((len(landmarks.points), 3), np.nan), np.zeros(len(landmarks.points))
    for row in np.flatnonzero(landmarks.found):
        camera, _ = fit_camera(mesh.neutral[:68], landmarks.points[row].astype(np.float64))
        poses[row], scales[row] = pose_of(camera), np.linalg.norm(camera[0])
    return poses, scales


def join_pools(pools: list[FacePool]) -> FacePool:
    """Put pools one after the other."""
    return FacePool(
        **{
            field.name: np.concatenate([getattr(pool, field.name) for pool in pools])
            for field in fields(FacePool)
        }
    )


def pairs_of(pool: FacePool) -> dict[int, list[tuple[int, int]]]:
    """Pairs of stills of one person in about the same pose, the first of them neutral.

    Returns:
        Rows of the pairs, by the label of the second; each still is the second of one pair only.
    """
    rows_of: dict[str, list[int]] = {}
    for row, person in enumerate(pool.people):
        rows_of.setdefault(str(person), []).append(row)
    pairs: dict[int, list[tuple[int, int]]] = {}
    for rows in rows_of.values():
        for second in rows:
            neutral = [row for row in rows if pool.labels[row] == NEUTRAL and row != second]
            turns = [
                float(np.abs(pool.poses[row] - pool.poses[second])[:2].max()) for row in neutral
            ]
            if turns and min(turns) < MOST_TURN_OF_PAIR:
                first = neutral[int(np.argmin(turns))]
                pairs.setdefault(int(pool.labels[second]), []).append((first, second))
    return pairs
