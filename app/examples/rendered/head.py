"""A head of ICT-FaceKit: its shape, its parts, and how facial actions move them."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError

Array = NDArray[np.float32]
Index = NDArray[np.int64]

# Films over the eyes, whose work a sharp highlight does; the inner balls of eyes that are painted
# as a whole; and lashes, which are cards for a picture of lashes.
UNSEEN = (
    "M_EyeOcclusion", "M_LacrimalFluid", "M_EyeBlend", "M_IrisLeft", "M_IrisRight", "M_EyeLashes",
)  # fmt: skip
# How far a person differs from the mean head, in standard deviations of each way to differ.
DIFFERENCE = 0.75


@dataclass(frozen=True)
class Head:
    """One person; x to their left, y up, z to the front, in centimetres.

    Attributes:
        neutral: ``(V, 3)`` at rest.
        triangles: ``(F, 3)`` counter-clockwise from outside.
        part: ``(F,)`` row of each triangle's name in ``parts``.
        parts: Names of the materials.
        actions: ``(A,)`` ARKit names; ``_L`` and ``_R`` are the person's sides.
        deltas: ``(A, V, 3)`` displacement at full strength.
        landmarks: ``(68,)`` vertices of the usual facial landmarks.
    """

    neutral: Array
    triangles: Index
    part: NDArray[np.uint8]
    parts: tuple[str, ...]
    actions: tuple[str, ...]
    deltas: NDArray[np.float16]
    landmarks: Index

    def posed(self, strengths: dict[str, float]) -> Array:
        """Vertices ``(V, 3)`` with facial actions; a name without a side moves both."""
        points = self.neutral.copy()
        for name, strength in strengths.items():
            if abs(strength) < 1e-3:
                continue
            for each in self._rows(name):
                points += np.float32(strength) * self.deltas[each].astype(np.float32)
        return points

    def owners(self) -> NDArray[np.int64]:
        """Row in ``parts`` of each vertex's part, -1 for those that are not drawn: ``(V,)``."""
        owner = np.full(len(self.neutral), -1)
        owner[self.triangles] = self.part[:, None]
        return owner

    def vertices_of(self, *parts: str) -> Index:
        """Vertices of some parts."""
        rows = [self.parts.index(part) for part in parts]
        return np.unique(self.triangles[np.isin(self.part, rows)])

    def _rows(self, name: str) -> list[int]:
        if name in self.actions:
            return [self.actions.index(name)]
        return [self.actions.index(f"{name}_L"), self.actions.index(f"{name}_R")]


def load_head(path: Path, person: int) -> Head:
    """Read the face model and make one person of it.

    Args:
        path: npz with ICT-FaceKit's arrays.
        person: Seed of the person's shape; 0 is the mean head.

    Raises:
        DataError: The file is missing or holds something else.
    """
    try:
        with np.load(path, allow_pickle=False) as data:
            names = [str(name) for name in data["material_names"]]
            keep = ~np.isin(data["quad_material"], [names.index(name) for name in UNSEEN])
            quads, part = data["quads"][keep].astype(np.int64), data["quad_material"][keep]
            landmarks = json.loads(str(data["vertex_indices_json"]))["idx_to_landmark_verts"]
            ways = data["identity_deltas"]
            rng = np.random.default_rng(person)
            size = rng.normal(0, DIFFERENCE, len(ways)) * (person > 0)
            neutral = data["neutral"] + np.tensordot(size, ways.astype(np.float32), 1)
            return Head(
                neutral=neutral.astype(np.float32),
                triangles=np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]),
                part=np.concatenate([part, part]),
                parts=tuple(names),
                actions=tuple(str(name) for name in data["expression_names"]),
                deltas=data["expression_deltas"],
                landmarks=np.array(landmarks, np.int64),
            )
    except (OSError, KeyError, ValueError) as error:
        raise DataError(f"{path} is no file of ICT-FaceKit's arrays ({error})") from error


def normals_of(points: Array, triangles: Index) -> Array:
    """Unit normals ``(V, 3)`` of a surface."""
    corners = points[triangles]
    faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    sums = np.stack(
        [
            np.bincount(triangles.ravel(), np.repeat(faces[:, axis], 3), len(points))
            for axis in range(3)
        ],
        1,
    )
    return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1)[:, None], 1e-9), np.float32)
