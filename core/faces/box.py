"""The face square: one geometry for every detector, in training and in prediction."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

# Boxes of one moment that overlap this much show one face.
SAME_FACE = 0.2
# Places a side that each pixel of a reduced crop averages at most.
SAMPLES = 4


@dataclass(frozen=True)
class FaceBox:
    """A square around a face: brows to chin, eyes at 0.39 and mouth at 0.78 of its height.

    That is the box of OpenCV's Haar cascade and, measured on 1,409 images, the framing of
    FER2013, which most training faces come from.

    Attributes:
        x: Left edge [px of the frame]; may lie outside it.
        y: Top edge [px].
        side: Width and height [px].
        score: Detector confidence, 0-1 where the detector gives one, else 1.
        roll: By how much the head is tilted clockwise in the picture, the square with it
            [degrees]; 0 for faces about upright, which detectors find as they are.
    """

    x: float
    y: float
    side: float
    score: float = 1.0
    roll: float = 0.0

    @classmethod
    def from_tight_box(cls, x: float, y: float, w: float, h: float, score: float) -> Self:
        """Convert the tall box of YuNet and SCRFD (forehead to chin, ear to ear).

        Measured on 485 faces with both detectors: in the tall box eyes lie at 0.390 and mouths at
        0.740 of the height, in the square at 0.390 and 0.784.
        """
        side = 0.888 * h
        return cls(x + w / 2 - side / 2, y + 0.390 * h - 0.390 * side, side, score)

    @property
    def center(self) -> tuple[float, float]:
        """Middle of the square [px]."""
        return self.x + self.side / 2, self.y + self.side / 2

    def scaled(self, factor: float) -> "FaceBox":
        """Return the same square in a frame resized by ``factor``."""
        return replace(self, x=self.x * factor, y=self.y * factor, side=self.side * factor)

    def shifted(self, dx: float, dy: float) -> "FaceBox":
        """Return the same square moved by ``dx, dy`` pixels."""
        return replace(self, x=self.x + dx, y=self.y + dy)

    def rolled_like(self, other: "FaceBox") -> "FaceBox":
        """Return the same square, its roll counted on from another's instead of past ±180°."""
        return replace(self, roll=self.roll + 360 * round((other.roll - self.roll) / 360))

    def overlap(self, other: "FaceBox") -> float:
        """Intersection over union, 0-1."""
        shared = self._shared_area(other)
        return shared / (self.side**2 + other.side**2 - shared)

    def is_apart_from(self, others: Iterable["FaceBox"]) -> bool:
        """Whether it shows another face than each of the other boxes."""
        return all(self.overlap(other) < SAME_FACE for other in others)

    def share_inside(self, other: "FaceBox") -> float:
        """Share of this square's area that lies inside another, 0-1."""
        return self._shared_area(other) / self.side**2

    def _shared_area(self, other: "FaceBox") -> float:
        width = min(self.x + self.side, other.x + other.side) - max(self.x, other.x)
        height = min(self.y + self.side, other.y + other.side) - max(self.y, other.y)
        return max(width, 0.0) * max(height, 0.0)


def crop_face(
    frame: NDArray[np.uint8], box: FaceBox, *, scale: float = 1.0, limit_px: int = 160
) -> NDArray[np.uint8]:
    """Cut a square out of a frame, upright; what lies outside the frame repeats its border.

    Args:
        frame: ``(h, w, 3)`` uint8 RGB.
        box: Face square in frame pixels.
        scale: Side of the crop as a multiple of the face square.
        limit_px: Larger crops are reduced to this side, to bound memory.

    Returns:
        ``(side, side, 3)`` uint8 RGB, at least 1 and at most ``limit_px`` px wide.
    """
    side = max(box.side * scale, 1.0)
    out = int(np.clip(round(side), 1, limit_px))
    part, corner, size = frame, np.zeros(2), frame.shape[1::-1]
    if side > limit_px:
        # Area averaging first: a bare warp would skip pixels and alias. What the crop cannot
        # show is not reduced.
        ratio = limit_px / side
        part, corner = _around(frame, box, side + 4 / ratio)
        size = part.shape[1::-1]
        reduced = tuple(max(1, round(length * ratio)) for length in size)
        # Of a far larger part so many places are averaged, not every pixel.
        sampled = (SAMPLES * reduced[0], SAMPLES * reduced[1])
        if sampled[0] < size[0] and sampled[1] < size[1]:
            part = np.asarray(cv2.resize(part, sampled, interpolation=cv2.INTER_LINEAR), np.uint8)
        part = np.asarray(cv2.resize(part, reduced, interpolation=cv2.INTER_AREA), np.uint8)
    cos, sin = math.cos(math.radians(box.roll)), math.sin(math.radians(box.roll))
    turn = np.array([[cos, sin], [-sin, cos]]) * (out / side)
    pixel = np.array(size) / part.shape[1::-1]  # its width and height in the frame
    # Pixel centres: (i + 0.5) maps to (i + 0.5), hence the half-pixel terms.
    first = corner + 0.5 * pixel - np.array(box.center)
    matrix = np.column_stack([turn * pixel, turn @ first + (out / 2 - 0.5)])
    crop = cv2.warpAffine(
        part, matrix, (out, out), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(crop, np.uint8)


def _around(
    frame: NDArray[np.uint8], box: FaceBox, side: float
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Cut out what a square of ``side`` in the middle of a box, turned like it, can show.

    Returns:
        The part, at least one pixel of it, and its ``(left, top)`` in the frame [px].
    """
    reach = side / 2 * (math.sqrt(2) if box.roll else 1.0)
    lengths = np.array(frame.shape[1::-1])
    first = np.clip(np.floor(np.array(box.center) - reach), 0, lengths - 1).astype(int)
    last = np.clip(np.ceil(np.array(box.center) + reach), first + 1, lengths).astype(int)
    return frame[first[1] : last[1], first[0] : last[0]], first.astype(float)
