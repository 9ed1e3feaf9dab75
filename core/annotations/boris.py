"""BORIS projects, which BORIS opens, or imports observations from into another project.

There is no library for them. The layout is that of BORIS's own test project of format 7.0, in
JSON: an event is a list of time, subject, behaviour, modifier and comment, and a state is two
events that are alike, the first of which starts and the second ends it.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from core.annotations.marks import Mark, mark_tiers
from core.annotations.tiers import Tier, face_name, in_view, make_tiers
from core.prediction import Prediction

IN_VIEW = "in view"
MODIFIERS = ("certain", "uncertain")

Event = tuple[float, str, str, str, str]


def write_boris(path: Path, predictions: Sequence[Prediction], marks: Sequence[Mark] = ()) -> None:
    """Write a project with one observation: every face a subject, every expression a state.

    Marks are states without a subject, their notes the comments.

    Whether an episode is certain is a modifier; the comment holds the other candidates and the
    mean probability.

    Args:
        path: Where to.
        predictions: One per face, of one video.
        marks: A person's own, in order of time.

    Raises:
        OSError: It cannot be written.
    """
    now = datetime.now().astimezone().replace(tzinfo=None).isoformat(timespec="seconds")
    first = predictions[0]
    name = Path(first.video).name
    tiers = mark_tiers(marks)
    project = {
        "time_format": "hh:mm:ss",
        "project_date": now,
        "project_name": name,
        "project_description": f"{first.summary}. Perceived by {first.checkpoint}.",
        "project_format_version": "7.0",
        "subjects_conf": {
            str(place): {"key": "", "name": face_name(each), "description": ""}
            for place, each in enumerate(predictions)
        },
        "behaviors_conf": _ethogram(first.labels, [tier.name for tier in tiers]),
        "behavioral_categories": [],
        "independent_variables": {},
        "coding_map": {},
        "behaviors_coding_map": [],
        "converters": {},
        "observations": {name: _observation(name, predictions, tiers, now)},
    }
    path.write_text(json.dumps(project, indent=1, ensure_ascii=False), encoding="utf-8")


def _ethogram(labels: Sequence[str], own: Sequence[str]) -> dict[str, dict[str, Any]]:
    certainty = {"0": {"name": "certainty", "type": 0, "values": list(MODIFIERS)}}
    behaviours: list[tuple[str, dict[str, Any]]] = [(label, certainty) for label in labels]
    names = [IN_VIEW, *own]
    return {
        str(place): {
            "type": "State event",
            "key": key,
            "code": code,
            "description": "",
            "category": "",
            "modifiers": modifiers,
            "excluded": "",
            "coding map": "",
        }
        for place, ((code, modifiers), key) in enumerate(
            zip(
                [*behaviours, *((name, {}) for name in names)],
                _keys([*labels, *names]),
                strict=True,
            )
        )
    }


def _keys(codes: Sequence[str]) -> list[str]:
    """A key of the keyboard for each code: its first letter that is still free."""
    keys: list[str] = []
    for code in codes:
        wanted = [*code.lower(), *"abcdefghijklmnopqrstuvwxyz0123456789"]
        free = (key for key in wanted if key.isalnum() and key.isascii() and key not in keys)
        keys.append(next(free, ""))
    return keys


def _observation(
    name: str, predictions: Sequence[Prediction], tiers: Sequence[Tier], now: str
) -> dict[str, Any]:
    first = predictions[0]
    own = [
        (time_s, "", tier.name, "", span.text)
        for tier in tiers
        for span in tier.spans
        for time_s in (span.start_s, span.end_s)
    ]
    events = sorted([*own, *(event for each in predictions for event in _events(each))])
    return {
        "file": {"1": [name], **{str(player): [] for player in range(2, 9)}},
        "type": "MEDIA",
        "date": now,
        "description": first.summary,
        "time offset": 0.0,
        "events": events,
        "observation time interval": [0, 0],
        "independent_variables": {},
        "visualize_spectrogram": False,
        "visualize_waveform": False,
        "close_behaviors_between_videos": False,
        "media_info": {
            "length": {name: first.duration_s},
            "fps": {name: round(first.frames_read / max(first.duration_s, 0.001), 3)},
            "hasVideo": {name: True},
            "hasAudio": {name: False},
            "offset": {"1": 0.0},
        },
    }


def _events(prediction: Prediction) -> list[Event]:
    """Two events per state."""
    subject = face_name(prediction)
    states = [(span, IN_VIEW, "", "") for span in in_view(prediction)]
    for span, episode in zip(make_tiers([prediction])[0].spans, prediction.episodes, strict=True):
        others = ", ".join(episode.candidates[1:])
        comment = f"{'or ' + others + '; ' if others else ''}probability {episode.probability:.2f}"
        states.append((span, episode.expression, MODIFIERS[not episode.certain], comment))
    return [
        (time_s, subject, code, modifier, comment)
        for span, code, modifier, comment in states
        for time_s in (span.start_s, span.end_s)
    ]
