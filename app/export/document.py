"""The documented JSON result, as text."""

import json
from collections.abc import Sequence
from typing import Any

from core.annotations import Mark
from core.prediction import Prediction


def result_json(
    predictions: Sequence[Prediction], face: int = 0, *, marks: Sequence[Mark] = ()
) -> str:
    """Return what ``python -m core.predict`` prints for the same clip, a frame on each line.

    Args:
        predictions: One per face. Several are also a list, ``faces``, as in the endpoint's answer.
        face: ``face_id`` of the one that the result is about.
        marks: A person's own, a list of their own.
    """
    several = len(predictions) > 1
    records = [each.to_json(with_face_id=several or each.face_id > 0) for each in predictions]
    places = [each.face_id for each in predictions]
    record = records[places.index(face)]
    if marks:
        record = record | {"marks": [mark.to_json() for mark in marks]}
    faces = {"faces": [_text(each, _frames(each)) for each in records]} if several else {}
    return _text(record, _frames(record) | faces)


def _frames(record: dict[str, Any]) -> dict[str, list[str]]:
    return {"frames": [json.dumps(frame, allow_nan=False) for frame in record["frames"]]}


def _text(record: dict[str, Any], lists: dict[str, list[str]]) -> str:
    """Indent a record for reading, but keep each element of some lists on its own line."""
    text = json.dumps(
        record | {name: [] for name in lists}, indent=1, ensure_ascii=False, allow_nan=False
    )
    for name, lines in lists.items():
        joined = ",\n".join(lines)
        # Quotes inside of a text are escaped, so this stands where the list is and nowhere else.
        text = text.replace(f'\n "{name}": []', f'\n "{name}": [\n{joined}\n ]', 1)
    return text
