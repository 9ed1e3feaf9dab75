"""Redraw a still with its control points elsewhere: a piecewise affine map and a light ratio."""

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Triangles smaller than this, or turned over, are hidden [px²].
SMALLEST_AREA = 0.02
# Fractional bits of OpenCV's drawing coordinates.
SHIFT = 4


def warp(
    image: NDArray[np.float32],
    source: Array,
    target: Array,
    triangles: NDArray[np.int64],
    light: Array,
) -> NDArray[np.float32]:
    """Move every triangle of an image from its source to its target place.

    Args:
        image: ``(h, w)`` grey, any range.
        source: ``(P, 2)`` points in the image [px].
        target: ``(P, 2)`` the same points in the result [px].
        triangles: ``(F, 3)`` rows of the points, those in front last; together they cover the
            result.
        light: ``(P,)`` factor of brightness at each point.

    Returns:
        ``(h, w)`` the redrawn image.
    """
    corners = target[triangles]  # (F, 3, 2)
    area, area_before = _signed_area(corners), _signed_area(source[triangles])
    shown = np.flatnonzero((np.abs(area) > SMALLEST_AREA) & (area * area_before >= 0))
    owner = _draw_owners(corners[shown], image.shape)
    values = np.concatenate([source, light[:, None]], 1)[triangles[shown]]  # (F, 3, 3)
    planes = _planes(corners[shown], area[shown], values)  # (F, 3, 3)
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    plane = planes[owner]  # (h, w, 3, 3)
    looked_up = x[..., None] * plane[..., 0, :] + y[..., None] * plane[..., 1, :] + plane[..., 2, :]
    places = looked_up.astype(np.float32)
    moved = cv2.remap(
        image,
        np.ascontiguousarray(places[..., 0]),
        np.ascontiguousarray(places[..., 1]),
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(moved * cv2.GaussianBlur(places[..., 2], (0, 0), 0.8), np.float32)


def _signed_area(corners: Array) -> Array:
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return np.asarray((first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / 2)


def _planes(corners: Array, area: Array, values: Array) -> Array:
    """Affine functions that take given values at the corners: rows for x, y and 1, ``(F, 3, 3)``.

    Args:
        corners: ``(F, 3, 2)``.
        area: ``(F,)`` signed areas.
        values: ``(F, corner, quantity)``.
    """
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    rise, other = values[:, 1] - values[:, 0], values[:, 2] - values[:, 0]
    double = 2 * area[:, None]
    along_x = (rise * second[:, 1:] - other * first[:, 1:]) / double
    along_y = (other * first[:, :1] - rise * second[:, :1]) / double
    start = values[:, 0] - along_x * corners[:, 0, :1] - along_y * corners[:, 0, 1:]
    return np.stack([along_x, along_y, start], 1)


def _draw_owners(corners: Array, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Row of the frontmost triangle at every pixel, ``(h, w)``."""
    owner = np.full(shape, -1, np.int32)
    fixed = np.round(corners * (1 << SHIFT)).astype(np.int32)
    for row, polygon in enumerate(fixed):
        cv2.fillConvexPoly(owner, polygon, row, cv2.LINE_8, SHIFT)
    flat = owner.ravel()
    # A pixel that slipped between hidden triangles belongs to its left neighbour's.
    last = np.maximum.accumulate(np.where(flat >= 0, np.arange(flat.size), 0))
    return np.asarray(np.maximum(flat[last], 0).reshape(shape), np.int64)
