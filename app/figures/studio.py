"""Everything the linked view of one clip shows, as one JSON-like dictionary."""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np

from app.figures.style import SURFACES, style_data
from app.figures.timeline import (
    AXIS_TITLES,
    MARGIN,
    PLOT_CONFIG,
    gaps,
    raw_and_smooth,
    timeline,
)
from app.figures.verdict import story, verdict
from core.prediction import FrameSeries, Prediction
from core.saved.record import head

# A strip never shows more at once, and ten minutes of video stay below two megabytes.
CROPS_PER_FACE = 240
FACES_SHOWN = 8


def studio_data(
    predictions: Sequence[Prediction], *, title: str, with_crops: bool = True
) -> dict[str, Any]:
    """Describe a clip for the linked view.

    The view takes its curves from ``faces`` and their look from ``figures``, so that switching
    face, quantity, smoothing or colour mode needs no server.

    Args:
        predictions: One per face, the main one first; the first ``FACES_SHOWN`` are shown.
        title: What the visitor calls the clip.
        with_crops: Whether pictures of faces are included.

    Raises:
        ValueError: There is no prediction.
    """
    if not predictions:
        raise ValueError("studio_data needs at least one prediction")
    main = predictions[0]
    shown = predictions[:FACES_SHOWN]
    return {
        "title": title,
        "labels": list(main.labels),
        "style": style_data(main.labels),
        "figures": _empty_figures(main.labels),
        "margin": MARGIN,
        "plot_config": PLOT_CONFIG,
        "duration_s": round(main.duration_s, 3),
        "frame_size": list(main.frame_size),
        "frames_read": main.frames_read,
        "frames_analysed": len(main.frames.times_s),
        "damaged_frames": main.damaged_frames,
        "missing_s": round(main.missing_s, 3),
        "detector": main.detector,
        "device": main.device,
        "checkpoint": main.checkpoint,
        "times_s": [round(float(time_s), 3) for time_s in main.frames.times_s],
        "faces": [
            _face(each, with_crops=with_crops)
            | {"record": head(each, with_face_id=len(predictions) > 1 or each.face_id > 0)}
            for each in shown
        ],
        "faces_hidden": len(predictions) - len(shown),
    }


def _empty_figures(labels: Sequence[str]) -> dict[str, Any]:
    """Figures without data, one per colour mode and quantity."""
    nothing = np.empty((0, len(labels)), np.float32)
    return {
        mode: {
            quantity: timeline(np.empty(0), nothing, labels, quantity=quantity, mode=mode)
            for quantity in AXIS_TITLES
        }
        for mode in SURFACES
    }


def _face(prediction: Prediction, *, with_crops: bool) -> dict[str, Any]:
    frames = prediction.frames
    return {
        "face_id": prediction.face_id,
        "verdict": verdict(prediction),
        "story": story(prediction),
        "frames_with_face": prediction.frames_with_face,
        "moment_labels": [label or None for label in prediction.moment_labels],
        "gaps": gaps(frames.times_s, frames.found, prediction.duration_s),
        "boxes": [
            [round(float(value), 1) for value in box] if found else None
            for box, found in zip(frames.boxes, frames.found, strict=True)
        ],
        "rolls": [
            round(float(roll), 1) if found else None
            for roll, found in zip(frames.rolls, frames.found, strict=True)
        ],
        "curves": {
            "windowed": {
                "probability": raw_and_smooth(frames.times_s, frames.probabilities),
                "cosine": raw_and_smooth(frames.times_s, frames.similarities),
            },
            "instant": {
                "probability": raw_and_smooth(frames.times_s, frames.instant_probabilities),
                "cosine": raw_and_smooth(frames.times_s, frames.instant_similarities),
            },
        },
        "crops": _crops(frames) if with_crops else [],
    }


def _crops(frames: FrameSeries) -> list[dict[str, Any]]:
    """Spread at most ``CROPS_PER_FACE`` pictures evenly over the frames that have one."""
    rows = [row for row, crop in enumerate(frames.crops) if crop is not None]
    step = max(1, -(-len(rows) // CROPS_PER_FACE))
    return [
        {"row": row, "image": _data_address(crop)}
        for row in rows[::step]
        if (crop := frames.crops[row]) is not None
    ]


def _data_address(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
