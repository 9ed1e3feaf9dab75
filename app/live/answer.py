"""What does a page learn about the frame that its camera sent?"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.models.shelf import OpenModel
from core.live_result import LiveResult


def frame_answer(model: OpenModel, result: LiveResult) -> dict[str, Any]:
    """Return what ``live/live.js`` shows, JSON-like: boxes of all faces, figures of one.

    Args:
        model: What recognised.
        result: What it saw; without a face there are no figures.
    """
    answer: dict[str, Any] = {
        "time_s": result.time_s,
        "model": model.name,
        "milliseconds": {key: round(value, 2) for key, value in result.milliseconds.items()},
        "calibrating_s": round(result.calibrating_s, 2),
        "box": None,
        "face": result.face_id,
        "faces": [{"face": face.face_id, "box": _tenths(face.box)} for face in result.faces],
    }
    if not (result.box and result.square) or result.raw is None or result.smoothed is None:
        return answer
    second, first = np.sort(result.smoothed)[-2:]
    margin = model.predictor.checkpoint.config.calibration.margin
    return answer | {
        "box": _tenths(result.box),
        "crop": [round(value, 2) for value in result.square],
        "raw": _rounded(result.raw),
        "smoothed": _rounded(result.smoothed),
        "uncertain": bool(first - second < margin),
    }


def _tenths(box: tuple[float, ...]) -> list[float]:
    return [round(value, 1) for value in box]


def _rounded(values: NDArray[np.float32]) -> list[float]:
    return [round(float(value), 4) for value in values]
