"""A light control mesh of the human face and how each facial action moves and turns it."""

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator
from scipy.spatial import Delaunay

from core.errors import DataError
from train.runtime.arrays import read_arrays

Array = NDArray[np.float64]

# Rows of the 68 landmarks that open to what lies behind the skin.
OUTER_LIPS = range(48, 60)
INNER_LIPS = range(60, 68)
UPPER_INNER_LIP = (60, 61, 62, 63, 64)
LOWER_INNER_LIP = (60, 67, 66, 65, 64)
RIGHT_EYE = range(36, 42)
LEFT_EYE = range(42, 48)
# Facial actions that turn the eyeball or change the iris: a mesh of the skin cannot show them.
INVISIBLE = ("eyeLook", "PupilDilate")
# The skin between the points of this many units' depth below the chin and the hairline is used.
# How far a closing lip takes the skin around it along [units].
PULL_REACH = 1.0
LOWEST, HIGHEST = -8.5, 11.0


@dataclass(frozen=True)
class FaceMesh:
    """Control points of the face, the 68 landmarks first; x to the image's right, y up, z nearer.

    Attributes:
        neutral: ``(V, 3)`` positions; the face is about 15 units wide.
        normals: ``(V, 3)`` unit normals.
        actions: ``(A,)`` names, ``_L`` and ``_R`` being the person's left and right.
        deltas: ``(A, V, 3)`` displacement of each action at full strength.
        normal_deltas: ``(A, V, 3)`` change of the normals at full strength.
        triangles: ``(F, 3)`` rows of the control points and, from ``V`` on, of the frame points.
        is_mouth: ``(F,)`` whether a triangle spans the opening between the lips.
        spread: ``(V, 68)`` weights that carry offsets of the landmarks to every point smoothly.
        lip_pull: ``(V, 5)`` weights that close a gap between the lips, given at five places from
            corner to corner as lower minus upper: half from above, half from below.
    """

    neutral: Array
    normals: Array
    actions: tuple[str, ...]
    deltas: Array
    normal_deltas: Array
    triangles: NDArray[np.int64]
    is_mouth: NDArray[np.bool_]
    spread: Array
    lip_pull: Array

    def index(self, action: str) -> int:
        """Row of an action by name."""
        return self.actions.index(action)


def blend(strengths: Array, deltas: Array) -> Array:
    """Sum of ``(A, V, 3)`` deltas at ``(A,)`` strengths: ``(V, 3)``."""
    return np.asarray((strengths @ deltas.reshape(len(deltas), -1)).reshape(deltas.shape[1:]))


def frame_points(width: float, height: float) -> Array:
    """Still points around an image, far enough out for the head to move: ``(12, 2)`` [px]."""
    # x and y as shares of the image, clockwise from the upper left corner.
    low, high, third, two_thirds = -0.5, 1.5, 0.25, 0.75
    across = [(low, low), (third, low), (two_thirds, low), (high, low)]
    right = [(high, third), (high, two_thirds)]
    below = [(high, high), (two_thirds, high), (third, high), (low, high)]
    left = [(low, two_thirds), (low, third)]
    return np.array(across + right + below + left) * (width, height)


def load_face_mesh(path: Path, points: int = 280) -> FaceMesh:
    """Build the control mesh from ICT-FaceKit's arrays.

    Args:
        path: npz with ``neutral``, ``quads``, ``quad_material``, ``material_names``,
            ``expression_names``, ``expression_deltas`` and ``vertex_indices_json``.
        points: Number of control points.

    Raises:
        DataError: The file is missing or lacks one of the arrays.
    """
    if not path.exists():
        raise DataError(f"{path} is missing; assets/docs/datasets.md says where to get it")
    data = read_arrays(path)
    try:
        neutral = data["neutral"].astype(np.float64)
        skin = data["quad_material"] == list(data["material_names"]).index("M_Face")
        quads = data["quads"][skin]
        names = [str(name) for name in data["expression_names"]]
        all_deltas = data["expression_deltas"].astype(np.float64)
        landmarks = json.loads(str(data["vertex_indices_json"]))["idx_to_landmark_verts"]
    except (KeyError, ValueError) as error:
        raise DataError(f"{path} is no ICT-FaceKit file as expected: {error}") from error
    kept = [i for i, name in enumerate(names) if not name.startswith(INVISIBLE)]
    deltas = all_deltas[kept]
    normals = vertex_normals(neutral, quads)
    rows = _choose_points(neutral, normals, quads, np.array(landmarks), points)
    # Where a corner of the mouth is rolled inwards the normal of the bare mesh is of no use.
    turned = np.stack([vertex_normals(neutral + delta, quads)[rows] for delta in deltas])
    jaw = deltas[[names[i] for i in kept].index("jawOpen")]
    triangles = _triangulate((neutral + 0.6 * jaw)[rows])
    triangles = _back_to_front(triangles, neutral[rows, 2])
    return FaceMesh(
        neutral=neutral[rows],
        normals=normals[rows],
        actions=tuple(names[i] for i in kept),
        deltas=np.ascontiguousarray(deltas[:, rows]),
        normal_deltas=np.ascontiguousarray(turned - normals[rows]),
        triangles=triangles,
        is_mouth=_spans_mouth(triangles),
        spread=_spread(neutral[rows]),
        lip_pull=_lip_pull(neutral[rows]),
    )


def vertex_normals(vertices: Array, quads: NDArray[np.int32]) -> Array:
    """Area-weighted unit normals of a mesh of quads, ``(V, 3)``; zero for unused vertices."""
    corners = vertices[quads]
    faces = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    normals = np.zeros_like(vertices)
    for corner in range(4):
        np.add.at(normals, quads[:, corner], faces)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.asarray(normals / np.maximum(length, 1e-12))


def _choose_points(
    neutral: Array, normals: Array, quads: NDArray[np.int32], landmarks: Array, points: int
) -> NDArray[np.int64]:
    """The landmarks, then skin points spread evenly by always taking the farthest one."""
    x, y, _ = neutral.T
    usable = np.zeros(len(neutral), bool)
    usable[np.unique(quads)] = True
    usable &= (normals[:, 2] > 0.25) & (y > LOWEST) & (y < HIGHEST)
    for outline in (OUTER_LIPS, RIGHT_EYE, LEFT_EYE):
        contour = neutral[landmarks[outline], :2].astype(np.float32)
        # Inside the lips and lids only the landmarks are control points.
        inside = [
            cv2.pointPolygonTest(contour, (float(a), float(b)), True)
            for a, b in zip(x, y, strict=True)
        ]
        usable &= np.array(inside) < -0.25
    candidates = np.flatnonzero(usable)
    chosen = list(landmarks)
    flat = neutral[:, :2]
    nearest = np.linalg.norm(flat[candidates, None] - flat[None, landmarks], axis=2).min(1)
    while len(chosen) < points:
        best = int(nearest.argmax())
        chosen.append(candidates[best])
        distance = np.linalg.norm(flat[candidates] - flat[candidates[best]], axis=1)
        nearest = np.minimum(nearest, distance)
    return np.array(chosen, np.int64)


def _triangulate(slightly_open: Array) -> NDArray[np.int64]:
    """Triangles over the face, seen from the front, and a frame around it."""
    # The frame of a 64-px canvas on which the face is 48 px wide, in units of the model.
    frame = (frame_points(20, 20) - 10) * (1, -1)
    flat = np.vstack([slightly_open[:, :2], frame])
    return np.asarray(Delaunay(flat).simplices, np.int64)


def _spans_mouth(triangles: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.asarray(np.isin(triangles, np.array(INNER_LIPS)).all(1), np.bool_)


def _back_to_front(triangles: NDArray[np.int64], depth: Array) -> NDArray[np.int64]:
    """Sort triangles so that drawing them in order hides what lies behind.

    The surroundings come first, then the mouth's opening, which both lips may cover, then the
    skin by depth.
    """
    is_around = (triangles >= len(depth)).any(1)
    nearness = depth[np.minimum(triangles, len(depth) - 1)].mean(1)
    nearness[_spans_mouth(triangles)] = depth.min() - 1
    nearness[is_around] = depth.min() - 2
    return triangles[np.argsort(nearness, kind="stable")]


def _spread(neutral: Array) -> Array:
    """Thin-plate weights from the landmarks to every point, ``(V, 68)``."""
    known = neutral[:68].copy()
    # The closed lips touch: a nudge keeps the plate's equations solvable.
    known[list(LOWER_INNER_LIP[1:-1]), 1] -= 0.15
    plate = RBFInterpolator(
        known[:, :2], np.eye(68), kernel="thin_plate_spline", smoothing=1e-3, degree=1
    )
    moved = neutral[:, :2].copy()
    moved[:68] = known[:, :2]
    return np.asarray(plate(moved), np.float64)


def _lip_pull(neutral: Array) -> Array:
    """Share of a lip gap that each point moves by: all of it at the lips, less further away."""
    upper, lower = neutral[list(UPPER_INNER_LIP)], neutral[list(LOWER_INNER_LIP)]
    middle = (upper + lower)[:, :2] / 2
    x, y = neutral[:, 0], neutral[:, 1]
    along = np.stack([np.interp(x, middle[:, 0], column) for column in np.eye(5)], 1)
    distance = np.hypot(x - np.clip(x, middle[0, 0], middle[-1, 0]), y - along @ middle[:, 1])
    side = np.sign(y - along @ middle[:, 1])
    side[list(UPPER_INNER_LIP)], side[list(LOWER_INNER_LIP)] = 1, -1
    side[[UPPER_INNER_LIP[0], UPPER_INNER_LIP[-1]]] = 0
    # Lips are about 0.6 units thick and move as a whole.
    reach = np.exp(-((np.maximum(distance - 0.6, 0) / PULL_REACH) ** 2))
    return np.asarray(0.5 * (side * reach)[:, None] * along)
