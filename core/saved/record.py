"""What a prediction becomes in JSON: plain numbers, None in gaps."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from core.prediction import Prediction

# Results of before hold no number; a reader takes up to this one.
FORMAT = 1


def record(prediction: "Prediction", *, with_face_id: bool = False) -> dict[str, Any]:
    """Return the documented result, from which ``core.saved.read`` makes the prediction again."""
    rows = range(prediction.frames_analysed)
    frames = [_frame(prediction, row) for row in rows]
    return head(prediction, with_face_id=with_face_id) | {"frames": frames}


def head(prediction: "Prediction", *, with_face_id: bool = False) -> dict[str, Any]:
    """Return the documented result without its frames."""
    span, trust = prediction.span, prediction.trust
    face = {"face_id": prediction.face_id} if with_face_id else {}
    part = {"range_s": [round(span.start_s, 6), round(prediction.duration_s, 6)]}
    return {
        "video": prediction.video,
        **face,
        "summary": prediction.summary,
        "label": prediction.label,
        "probabilities": _named(prediction, prediction.probabilities),
        "margin": round(prediction.margin, 6),
        "uncertain": prediction.uncertain,
        "duration_s": round(prediction.duration_s, 6),
        **({} if span.is_whole else part),
        "frames_read": prediction.frames_read,
        "frames_analysed": prediction.frames_analysed,
        "frames_with_face": prediction.frames_with_face,
        "damaged_frames": prediction.damaged_frames,
        "missing_s": round(prediction.missing_s, 6),
        "detector": prediction.detector,
        "device": prediction.device,
        "checkpoint": prediction.checkpoint,
        "badges": [badge.to_json() for badge in prediction.badges],
        "share_of_time": {
            label: round(share, 4) for label, share in prediction.share_of_time.items()
        },
        "episodes": [episode.to_json() for episode in prediction.episodes],
        "format": FORMAT,
        "similarities": _named(prediction, prediction.similarities),
        "verdict_frames": prediction.sampled.tolist(),
        "faces_followed": prediction.faces_followed,
        "frame_size": list(prediction.frame_size),
        "crop_scale": prediction.crop_scale,
        "trust": {
            "margin": None if math.isnan(trust.margin) else trust.margin,
            "calibrated": trust.is_calibrated,
            "wrong_below": trust.wrong_below,
            "wrong_above": trust.wrong_above,
            "reads_order": trust.reads_order,
        },
    }


def _frame(prediction: "Prediction", row: int) -> dict[str, Any]:
    frames = prediction.frames
    box = [round(float(value), 2) for value in frames.boxes[row]] if frames.found[row] else None
    return {
        "time_s": round(float(frames.times_s[row]), 6),
        "face": box,
        "roll": round(float(frames.rolls[row]), 2) if frames.found[row] else None,
        "similarities": _named(prediction, frames.similarities[row]),
        "probabilities": _named(prediction, frames.probabilities[row]),
        "instant_similarities": _named(prediction, frames.instant_similarities[row]),
        "instant_probabilities": _named(prediction, frames.instant_probabilities[row]),
    }


def _named(prediction: "Prediction", values: NDArray[np.float32]) -> dict[str, float] | None:
    """A value per class; None in a gap, and where a reopened result never had any."""
    if np.isnan(values).any():
        return None
    return {
        label: round(float(value), 6)
        for label, value in zip(prediction.labels, values, strict=True)
    }
