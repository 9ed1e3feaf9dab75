"""What is annotated: stretches of time with a text, in tiers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.episodes import moment_edges
from core.prediction import Prediction

# No program draws a stretch without a length; a still has none [s].
LEAST_S = 0.001


@dataclass(frozen=True)
class Span:
    """One annotation.

    Attributes:
        start_s: Beginning [s].
        end_s: End, later than the beginning [s].
        text: What is written into it.
    """

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True)
class Tier:
    """Annotations that follow each other, without overlap."""

    name: str
    spans: list[Span]


def make_tiers(predictions: Sequence[Prediction]) -> list[Tier]:
    """Annotate each face of a video: its episodes, the certain ones, and when it is in view.

    Args:
        predictions: One per face, of one video.
    """
    tiers = []
    for prediction in predictions:
        face = face_name(prediction) + " " if len(predictions) > 1 else ""
        spans = [Span(*_times(each.start_s, each.end_s), each.name) for each in prediction.episodes]
        certain = [
            span for span, each in zip(spans, prediction.episodes, strict=True) if each.certain
        ]
        tiers += [
            Tier(f"{face}episodes", spans),
            Tier(f"{face}certain episodes", certain),
            Tier(f"{face}in view", in_view(prediction)),
        ]
    return tiers


def face_name(prediction: Prediction) -> str:
    """What a face is called, counted from 1 as on the page."""
    return f"face {prediction.face_id + 1}"


def in_view(prediction: Prediction) -> list[Span]:
    """When the face is in view."""
    frames = prediction.frames
    edges_s = moment_edges(frames.times_s, prediction.duration_s)
    changes = np.diff(np.concatenate([[False], frames.found, [False]]).astype(np.int8))
    starts, ends = edges_s[np.flatnonzero(changes == 1)], edges_s[np.flatnonzero(changes == -1)]
    return [
        Span(*_times(float(start_s), float(end_s)), "in view")
        for start_s, end_s in zip(starts, ends, strict=True)
    ]


def end_of(predictions: Sequence[Prediction]) -> float:
    """When the annotated time ends, later than 0 [s]."""
    spans = [span for tier in make_tiers(predictions) for span in tier.spans]
    return max([predictions[0].duration_s, LEAST_S, *(span.end_s for span in spans)])


def _times(start_s: float, end_s: float) -> tuple[float, float]:
    """To milliseconds, as ELAN counts, and never without a length."""
    start_s = round(start_s, 3)
    return start_s, max(round(end_s, 3), round(start_s + LEAST_S, 3))
