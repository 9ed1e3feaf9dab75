"""Which triangle is seen at every pixel, and where in it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Index = NDArray[np.int64]

# Fractional bits of OpenCV's drawing coordinates.
SHIFT = 4
# Triangles smaller than this cover no pixel's middle [px²].
SMALLEST_AREA = 0.01


@dataclass(frozen=True)
class Fragments:
    """The pixels that show a surface.

    Attributes:
        rows: ``(N,)`` pixel numbers, ``y * width + x``.
        corners: ``(N, 3)`` vertices of the triangle that is seen there.
        weights: ``(N, 3)`` barycentric weights of the corners.
    """

    rows: Index
    corners: Index
    weights: Array

    def mix(self, values: Array) -> Array:
        """Interpolate ``(V, …)`` values of the vertices: ``(N, …)``."""
        taken = values[self.corners]  # (N, 3, …)
        shape = (*self.weights.shape, *[1] * (values.ndim - 1))
        return np.asarray((taken * self.weights.reshape(shape)).sum(1), np.float32)


def rasterize(points: Array, triangles: Index, shape: tuple[int, int]) -> Fragments:
    """Draw triangles from the farthest to the nearest.

    Args:
        points: ``(V, 3)`` x and y [px] and nearness; larger is nearer.
        triangles: ``(F, 3)`` counter-clockwise from outside, y going up; backs are not seen.
        shape: Height and width [px].
    """
    flat = points[:, :2]
    corners = flat[triangles]
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    # y goes down in a picture: what faces the camera turns clockwise there.
    area = (first[:, 1] * second[:, 0] - first[:, 0] * second[:, 1]) / 2
    inside = (corners.max(1) >= 0).all(1) & (corners.min(1) < shape[::-1]).all(1)
    shown = np.flatnonzero((area > SMALLEST_AREA) & inside)
    shown = shown[np.argsort(points[triangles[shown], 2].mean(1), kind="stable")]
    owner = np.full(shape, -1, np.int32)
    # cv2 puts pixel middles on whole numbers.
    fixed = np.round((corners[shown] - 0.5) * (1 << SHIFT)).astype(np.int32)
    for row, polygon in enumerate(fixed):
        cv2.fillConvexPoly(owner, polygon, row, cv2.LINE_8, SHIFT)
    rows = np.flatnonzero(owner.ravel() >= 0)
    owners = shown[owner.ravel()[rows]]
    weights = _barycentric(rows, shape[1], corners[owners])
    return Fragments(rows, triangles[owners], weights)


def _barycentric(rows: Index, width: int, corners: Array) -> Array:
    middles = np.stack([rows % width + 0.5, rows // width + 0.5], 1).astype(np.float32)
    start = corners[:, 0]
    first, second, here = corners[:, 1] - start, corners[:, 2] - start, middles - start
    whole = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    one = (here[:, 0] * second[:, 1] - here[:, 1] * second[:, 0]) / whole
    two = (first[:, 0] * here[:, 1] - first[:, 1] * here[:, 0]) / whole
    weights = np.clip(np.stack([1 - one - two, one, two], 1), 0, 1)
    return np.asarray(weights / weights.sum(1, keepdims=True), np.float32)
