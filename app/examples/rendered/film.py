"""One picture of a person: pose, paint, light, camera."""

import cv2
import numpy as np
from numpy.typing import NDArray

from app.examples.rendered.head import Head, normals_of
from app.examples.rendered.light import develop, shade, shadow_of
from app.examples.rendered.raster import rasterize
from app.examples.rendered.skin import (
    HAIR_DEPTH,
    Look,
    eye_paint,
    front_paint,
    hair_cover,
    hair_paint,
    sample,
)

Array = NDArray[np.float32]
Image = NDArray[np.uint8]
Index = NDArray[np.int64]

OVERSAMPLING = 2
CAMERA_CM = 75.0
# The lower edge of the picture, and the room above the hair [cm].
LOWEST_CM, ABOVE_CM = -13.5, 2.2
# What turns with the head, and what stays: the neck bends between these heights [cm].
NECK, CHIN, PIVOT = -14.0, -6.0, np.array([0.0, -7.0, 0.0], np.float32)


class Person:
    """Somebody who can be filmed.

    Args:
        head: Their shape.
        look: Their colours.
    """

    def __init__(self, head: Head, look: Look) -> None:
        self.head, self.look = head, look
        self._brow = float(head.neutral[head.landmarks[17:27], 1].mean())
        self._view = float(head.neutral[:, 1].max()) + ABOVE_CM - LOWEST_CM
        self._middle = LOWEST_CM + self._view / 2
        self._front = front_paint(head, look)
        skin = head.vertices_of("M_Face", "M_BackHead")
        self._cover = np.zeros(len(head.neutral), np.float32)
        self._cover[skin] = hair_cover(head.neutral[skin], look, self._brow)
        self._owner = head.owners()

    def picture(
        self, strengths: dict[str, float], turn: tuple[float, float, float], side_px: int
    ) -> Image:
        """Photograph the person.

        Args:
            strengths: Facial actions.
            turn: Yaw, pitch and roll of the head [rad].
            side_px: Width and height.

        Returns:
            ``(side_px, side_px, 3)`` uint8 RGB.
        """
        head, size = self.head, side_px * OVERSAMPLING
        points = head.posed(strengths)
        outwards = normals_of(points, head.triangles)
        points = points + (HAIR_DEPTH * self._cover)[:, None] * outwards
        points = _turned(points, head.neutral, turn)
        normals = normals_of(points, head.triangles)
        away = CAMERA_CM - points[:, 2]
        scale = size / self._view * CAMERA_CM / away
        flat = np.stack(
            [
                size / 2 + points[:, 0] * scale,
                size * 0.5 - (points[:, 1] - self._middle) * scale,
                points[:, 2],
            ],
            1,
        )
        seen = rasterize(flat.astype(np.float32), head.triangles, (size, size))
        place, rest = seen.mix(points), seen.mix(head.neutral)
        normal = seen.mix(normals)
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
        part = self._owner[seen.corners[:, 0]]
        albedo, gloss, depth = self._paint(part, rest, seen.mix(self._cover))
        normal = self._ruffle(normal, rest, seen.mix(self._cover))
        view = np.array([0, 0, CAMERA_CM], np.float32) - place
        view /= np.linalg.norm(view, axis=1, keepdims=True)
        reached = shadow_of(points, head.triangles, place)
        lit = shade(albedo, normal, view, reached, gloss=gloss, depth=depth)
        lit *= self._depths_of_the_mouth(part, place, points)[:, None]
        canvas = _background(size).reshape(-1, 3)
        canvas[seen.rows] = lit
        small = cv2.resize(
            canvas.reshape(size, size, 3), (side_px, side_px), interpolation=cv2.INTER_AREA
        )
        return develop(np.asarray(small, np.float32))

    def _paint(self, part: Index, rest: Array, cover: Array) -> tuple[Array, Array, Array]:
        head, look = self.head, self.look
        count = len(rest)
        albedo = sample(self._front, rest)
        gloss = np.tile(np.array([0.10, 22], np.float32), (count, 1))
        depth = np.ones(count, np.float32)
        hair = hair_paint(rest, look)
        albedo = albedo * (1 - cover[:, None]) + hair * cover[:, None]
        gloss[cover > 0.5] = (0.05, 14)
        depth *= 1 - 0.8 * cover
        is_skin = np.isin(part, [head.parts.index("M_Face"), head.parts.index("M_BackHead")])
        collar = is_skin & (
            rest[:, 1] < -12.4 + 0.05 * rest[:, 0] ** 2 - 0.25 * np.clip(rest[:, 2], -9, 3)
        )
        albedo[collar] = look.shirt
        depth[collar], gloss[collar] = 0.2, (0.01, 8)
        for name in ("M_ScleraLeft", "M_ScleraRight"):
            here = part == head.parts.index(name)
            centre = head.neutral[head.vertices_of(name)].mean(0)
            albedo[here] = eye_paint(rest[here], centre, look)
            # The upper lid and its lashes keep light away.
            albedo[here] *= np.clip(0.95 - 0.55 * (rest[here, 1] - centre[1]), 0.35, 1)[:, None]
            gloss[here], depth[here] = (1.6, 380), 0.3
        for name, color, shine, under in (
            ("M_Teeth", (0.74, 0.69, 0.60), (0.35, 60), 0.5),
            ("M_GumsTongue", (0.42, 0.14, 0.13), (0.25, 40), 0.8),
        ):
            here = part == head.parts.index(name)
            albedo[here], gloss[here], depth[here] = color, shine, under
        return albedo, gloss, depth

    def _ruffle(self, normal: Array, rest: Array, cover: Array) -> Array:
        angle = np.arctan2(rest[:, 0], rest[:, 2])
        wave = np.cos(95 * angle + 2.2 * np.sin(0.9 * rest[:, 1])) + 0.7 * np.cos(
            211 * angle + 1.3 * rest[:, 1]
        )
        across = np.stack([np.cos(angle), np.zeros_like(angle), -np.sin(angle)], 1)
        moved = normal + (0.22 * wave * cover)[:, None] * across
        return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), np.float32)

    def _depths_of_the_mouth(self, part: Index, place: Array, points: Array) -> Array:
        """Less light the farther behind the lips."""
        inside = np.isin(
            part, [self.head.parts.index("M_Teeth"), self.head.parts.index("M_GumsTongue")]
        )
        lips = float(points[self.head.landmarks[60:68], 2].mean())
        return np.where(inside, np.exp(-np.clip(lips - 0.3 - place[:, 2], 0, 9) / 1.5), 1).astype(
            np.float32
        )


def _turned(points: Array, rest: Array, turn: tuple[float, float, float]) -> Array:
    """Turn the head over shoulders that stay."""
    share = np.clip((rest[:, 1] - NECK) / (CHIN - NECK), 0, 1)
    share = (share**2 * (3 - 2 * share))[:, None]
    yaw, pitch, roll = turn
    matrix = np.eye(3, dtype=np.float32)
    for angle, (one, two) in ((yaw, (2, 0)), (pitch, (1, 2)), (roll, (0, 1))):
        step = np.eye(3, dtype=np.float32)
        step[one, one] = step[two, two] = np.cos(angle)
        step[one, two], step[two, one] = -np.sin(angle), np.sin(angle)
        matrix = step @ matrix
    moved = (points - PIVOT) @ matrix.T + PIVOT
    return np.asarray(points * (1 - share) + moved * share, np.float32)


def _background(size: int) -> Array:
    y, x = np.mgrid[:size, :size].astype(np.float32) / size
    glow = np.exp(-((x - 0.35) ** 2 + (y - 0.35) ** 2) / 0.18)[..., None]
    base = np.array([0.16, 0.19, 0.22], np.float32) * (1 - 0.35 * y[..., None])
    return np.asarray(base + glow * np.array([0.20, 0.22, 0.23], np.float32), np.float32)
