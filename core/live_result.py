"""What one live frame gave."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.prediction import Array


@dataclass(frozen=True)
class LiveFace:
    """A face in view.

    Attributes:
        face_id: Its number, from 0 in the order of appearance.
        box: x, y, w, h [px of the frame].
    """

    face_id: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class LiveResult:
    """What one live frame gave.

    Attributes:
        time_s: Time of the frame, as given [s].
        box: x, y, w, h of the face that is followed [px of the frame], None without one.
        crop: ``(side, side, 3)`` uint8 RGB that the model saw, None without a face.
        raw: ``(K,)`` probabilities of the window, None without a face.
        smoothed: ``(K,)`` the same after smoothing over time, None without a face.
        similarities: ``(K,)`` cosines behind ``raw``, None without a face.
        milliseconds: Time spent per stage: ``detect``, ``encode``, ``synchronize``.
        calibrating_s: Seconds of neutral calibration still to come; 0 when none is running.
        face_id: Which of ``faces`` is followed; None where that one is not in view.
        faces: Everybody in view, by rising number.
        square: x, y, side [px of the frame] and roll [degrees clockwise] of what ``crop`` shows;
            turned about its middle. None without a face.
    """

    time_s: float
    box: tuple[float, float, float, float] | None
    crop: NDArray[np.uint8] | None
    raw: Array | None
    smoothed: Array | None
    similarities: Array | None
    milliseconds: dict[str, float]
    calibrating_s: float
    face_id: int | None = None
    faces: tuple[LiveFace, ...] = ()
    square: tuple[float, float, float, float] | None = None
