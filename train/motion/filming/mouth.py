"""Draw what a still cannot show: the inside of a mouth that opens, the line of one that closes."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from train.motion.faces.face_model import INNER_LIPS, LOWER_INNER_LIP, UPPER_INNER_LIP

Array = NDArray[np.float64]

# Masks are drawn this much larger and averaged down, for soft edges.
FINENESS = 4
# How far the upper teeth reach below the resting upper lip, as share of the mouth's width.
TEETH_REACH = (0.0, 0.09)
# Openings narrower than this count as closed lips [px].
CLOSED_PX = 1.0
# Thickness of the line between closed lips as share of the mouth's width, and how well it covers.
LINE_WIDTH = 0.09
LINE_COVER = 0.85


@dataclass(frozen=True)
class MouthLook:
    """Brightness of the inside of one person's mouth in one light, 0-255.

    Attributes:
        cavity: Of the dark inside.
        teeth: Of the upper teeth.
        line: Of the line between closed lips.
        reach: How far the upper teeth show below the resting lip, as share of the mouth's width.
    """

    cavity: float
    teeth: float
    line: float
    reach: float


def draw_mouth_look(skin: float, rng: np.random.Generator) -> MouthLook:
    """Draw a look that goes with the brightness of the skin around the mouth."""
    return MouthLook(
        cavity=skin * rng.uniform(0.15, 0.45),
        teeth=min(skin * rng.uniform(0.95, 1.35), 245.0),
        line=skin * rng.uniform(0.4, 0.65),
        reach=rng.uniform(*TEETH_REACH),
    )


def paint_mouth(
    frame: NDArray[np.float32], before: Array, after: Array, teeth_edge: Array, look: MouthLook
) -> NDArray[np.float32]:
    """Paint the part of an opening that was not there in the still, or the line of closed lips.

    Args:
        frame: ``(h, w)`` grey, 0-255, already warped.
        before: ``(68, 2)`` landmarks in the still [px].
        after: ``(68, 2)`` landmarks in the frame [px].
        teeth_edge: ``(5, 2)`` lower edge of the upper teeth in the frame, left to right [px].
        look: Brightness of the parts.

    Returns:
        ``(h, w)`` the painted frame.
    """
    gap_before, gap_after = lip_gap(before), lip_gap(after)
    if gap_after < CLOSED_PX:
        return _draw_line(frame, after, look, gap_before, gap_after)
    invented = np.clip(1.25 * (1 - gap_before / gap_after), 0, 1)
    invented *= np.clip(gap_after - CLOSED_PX, 0, 1)
    if invented == 0:
        return frame
    opening = _mask(after[list(INNER_LIPS)], frame.shape)
    upper = after[list(UPPER_INNER_LIP)]
    reach = np.maximum(teeth_edge, upper)  # a lip that covers the teeth leaves no band
    teeth = _mask(np.concatenate([upper, reach[::-1]]), frame.shape)
    inside = look.cavity + (look.teeth - look.cavity) * teeth
    alpha = opening * np.float32(invented)
    return np.asarray(frame * (1 - alpha) + inside * alpha, np.float32)


def lip_gap(landmarks: Array) -> float:
    """Largest distance between the inner lips [px]."""
    upper, lower = landmarks[list(UPPER_INNER_LIP)], landmarks[list(LOWER_INNER_LIP)]
    return float(np.linalg.norm(lower - upper, axis=1).max())


def resting_teeth_edge(landmarks: Array, look: MouthLook) -> Array:
    """Lower edge of the upper teeth behind resting lips, ``(5, 2)`` [px]."""
    upper = landmarks[list(UPPER_INNER_LIP)]
    across = upper[-1] - upper[0]
    down = np.array([-across[1], across[0]])
    return np.asarray(upper + down * look.reach)


def _draw_line(
    frame: NDArray[np.float32], after: Array, look: MouthLook, gap_before: float, gap_after: float
) -> NDArray[np.float32]:
    """Draw the line where open lips of the still have met, over what is left of the teeth."""
    closing = np.clip((gap_before - gap_after) / CLOSED_PX - 1, 0, 1) * LINE_COVER
    if closing <= 0:
        return frame
    middle = (after[list(UPPER_INNER_LIP)] + after[list(LOWER_INNER_LIP)]) / 2
    width = np.linalg.norm(middle[-1] - middle[0])
    line = _blank(frame.shape)
    cv2.polylines(line, [_fine(middle)], False, 1.0, thickness=round(LINE_WIDTH * width * FINENESS))
    soft = cv2.resize(line, frame.shape[::-1], interpolation=cv2.INTER_AREA)
    alpha = cv2.GaussianBlur(soft, (0, 0), 0.5) * closing
    return np.asarray(frame * (1 - alpha) + look.line * alpha, np.float32)


def _mask(polygon: Array, shape: tuple[int, ...]) -> NDArray[np.float32]:
    mask = _blank(shape)
    cv2.fillPoly(mask, [_fine(polygon)], 1.0)
    return np.asarray(cv2.resize(mask, shape[::-1], interpolation=cv2.INTER_AREA), np.float32)


def _blank(shape: tuple[int, ...]) -> NDArray[np.float32]:
    return np.zeros((shape[0] * FINENESS, shape[1] * FINENESS), np.float32)


def _fine(points: Array) -> NDArray[np.int32]:
    return np.round((points + 0.5) * FINENESS - 0.5).astype(np.int32)
