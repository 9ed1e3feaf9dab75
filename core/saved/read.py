"""From a saved result back to predictions: the file may come from anywhere."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.annotations.marks import Mark, read_marks
from core.errors import ConfigError, ResultError
from core.prediction import Prediction
from core.saved.curves import LATEST_S, MOST_FRAMES, ROUNDING, read_curves, read_episodes
from core.saved.fields import Fields
from core.saved.record import FORMAT
from core.saved.text import MOST_RECORDS, WANTED, read_objects
from core.span import WHOLE, Span
from core.trust import Trust

LONGEST_NAME, LONGEST_TEXT = 4096, 300
# Episodes compare every two classes at every moment.
MOST_CLASSES, LONGEST_LABEL = 50, 100
MOST_PIXELS = 1_000_000
UNKNOWN_SIZE = (0, 0)


@dataclass(frozen=True)
class SavedResult:
    """What a file holds.

    Attributes:
        predictions: One per face that it holds, by ``face_id``; without features and pictures.
        marks: A person's own.
        missing: What the file lacks because an earlier version wrote it, in words.
    """

    predictions: list[Prediction]
    marks: list[Mark]
    missing: tuple[str, ...]


def read_result(path: str | Path, *, name: str = "") -> SavedResult:
    """Read a result that the page, the endpoint or ``python -m core.predict`` has written.

    Args:
        path: A JSON file, or one with a line for each face of a video.
        name: What messages call the file; its own name by default.

    Raises:
        ResultError: It is no such file, is damaged, or holds results of several videos.
    """
    name = name or Path(path).name
    records = read_objects(Path(path), name)
    marks = _marks(records[0].get("marks", []), name)
    faces = records[0].get("faces")
    if isinstance(faces, list) and len(records) == 1:
        records = faces
    if len(records) > MOST_RECORDS or not records:
        raise ResultError(f"{name} should hold 1 to {MOST_RECORDS} faces, not {len(records)}")
    missing: dict[str, None] = {}
    places = [name] if len(records) == 1 else [f"{name}: face {n + 1}" for n in range(len(records))]
    predictions = [
        _prediction(Fields(each, place), face_id, len(records), missing)
        for face_id, (each, place) in enumerate(zip(records, places, strict=True))
    ]
    _check_one_video(predictions, name)
    return SavedResult(sorted(predictions, key=lambda each: each.face_id), marks, tuple(missing))


def _prediction(result: Fields, face_id: int, faces: int, missing: dict[str, None]) -> Prediction:
    _check_kind(result)
    labels = _labels(result)
    frames, lacking = read_curves(result, labels)
    duration_s = result.number("duration_s", 0, LATEST_S)
    if duration_s < frames.times_s[-1]:
        result.refuse("should have duration_s not before its last frame", duration_s)
    missing.update(dict.fromkeys(lacking))
    prediction = Prediction(
        video=result.text("video", LONGEST_NAME),
        labels=labels,
        probabilities=_of_classes(result, "probabilities", labels, 0),
        similarities=np.full(len(labels), np.nan, np.float32),
        uncertain=result.flag("uncertain"),
        duration_s=duration_s,
        frame_size=UNKNOWN_SIZE,
        frames_read=result.whole("frames_read", 10**7),
        detector=result.text("detector", LONGEST_TEXT),
        device=result.text("device", LONGEST_TEXT),
        checkpoint=result.text("checkpoint", LONGEST_TEXT),
        face_id=result.whole("face_id", MOST_FRAMES) if "face_id" in result else face_id,
        frames=frames,
        sampled=np.empty(0, np.int64),
        faces_followed=faces,
        trust=Trust(math.nan, is_calibrated=_was_calibrated(result)),
        span=_span(result),
    )
    if "damaged_frames" in result:
        damaged, missing_s = result.whole("damaged_frames", 10**7), result.number("missing_s", 0)
        prediction = replace(prediction, damaged_frames=damaged, missing_s=missing_s)
    if "episodes" in result:
        told = read_episodes(result, labels, frames.times_s, duration_s)
        prediction = replace(prediction, saved_episodes=told)
    else:
        missing["episodes, which are found anew"] = None
        prediction = replace(prediction, trust=Trust())
    if "format" in result:
        return _with_facts(prediction, result)
    missing["how many frames the verdict is from, how often the model is right"] = None
    return prediction


def _with_facts(prediction: Prediction, result: Fields) -> Prediction:
    """What results have held since they have a number."""
    trust = Fields(result.get("trust"), "trust")
    known = {
        name: trust.number(name, 0, 1) if name in trust else None
        for name in ("margin", "wrong_below", "wrong_above")
    }
    margin = known.pop("margin")
    rows = [Fields({"row": row}, "verdict_frames") for row in result.items("verdict_frames", 4096)]
    width, height = (int(length) for length in result.numbers("frame_size", 2, 0, MOST_PIXELS))
    return replace(
        prediction,
        similarities=_of_classes(result, "similarities", prediction.labels, -1)
        if "similarities" in result
        else prediction.similarities,
        sampled=np.array(
            [each.whole("row", prediction.frames_analysed - 1) for each in rows], np.int64
        ),
        faces_followed=max(1, result.whole("faces_followed", MOST_FRAMES)),
        crop_scale=result.number("crop_scale", 0.2, 4) if "crop_scale" in result else 1.0,
        frame_size=(width, height),
        trust=Trust(
            math.nan if margin is None else margin,
            trust.flag("calibrated"),
            known["wrong_below"],
            known["wrong_above"],
            trust.flag("reads_order"),
        ),
    )


def _check_kind(result: Fields) -> None:
    if "error" in result:
        result.refuse("should hold a result, and holds that there was none", result.get("error"))
    if "frames" not in result or "probabilities" not in result:
        raise ResultError(
            f"{result.place} is no result of this program: it has no frames or no probabilities; "
            f"{WANTED}"
        )
    if "format" in result and result.whole("format", 10**6) > FORMAT:
        result.refuse(f"should have a format up to {FORMAT}, as this version", result.get("format"))


def _labels(result: Fields) -> tuple[str, ...]:
    values = result.get("probabilities")
    names = list(values)[: MOST_CLASSES + 1] if isinstance(values, dict) else []
    are_names = all(0 < len(name) <= LONGEST_LABEL and name.isprintable() for name in names)
    if not 2 <= len(names) <= MOST_CLASSES or not are_names:
        result.refuse("should have probabilities, a number for each of two classes or more", values)
    return tuple(names)


def _of_classes(result: Fields, name: str, labels: Sequence[str], low: float) -> Any:
    values = result.of_classes(name, labels, low - ROUNDING, 1 + ROUNDING)
    return np.array(values, np.float32)


def _was_calibrated(result: Fields) -> bool:
    """By the marks that an earlier version put beside the result."""
    marks = result.get("badges")
    kinds = [mark.get("kind") for mark in marks if isinstance(mark, dict)] if marks else []
    return "uncalibrated" not in kinds


def _span(result: Fields) -> Span:
    if "range_s" not in result:
        return WHOLE
    start_s, end_s = result.numbers("range_s", 2, 0, LATEST_S)
    try:
        return Span(start_s, end_s)
    except ConfigError as error:
        raise ResultError(f"range_s: {error}") from error


def _marks(given: Any, name: str) -> list[Mark]:
    try:
        return read_marks(given)
    except (ConfigError, OverflowError) as error:
        raise ResultError(f"{name}: {error}") from error


def _check_one_video(predictions: Sequence[Prediction], name: str) -> None:
    main, *others = predictions
    videos = {each.video for each in predictions}
    if len(videos) > 1:
        raise ResultError(
            f"{name} holds results of {len(videos)} videos; keep the lines of one of them"
        )
    for other in others:
        is_same = (
            other.labels == main.labels
            and np.array_equal(other.frames.times_s, main.frames.times_s)
            and (other.duration_s, other.frame_size, other.span)
            == (main.duration_s, main.frame_size, main.span)
        )
        if not is_same:
            raise ResultError(f"{name} holds faces of different analyses; save the result again")
    if len({each.face_id for each in predictions}) < len(predictions):
        raise ResultError(f"{name} holds the same face twice; save the result again")
