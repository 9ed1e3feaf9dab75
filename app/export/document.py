"""The documented JSON result, as text."""

import json
from collections.abc import Sequence

from core.annotations import Mark
from core.prediction import Prediction


def prediction_json(
    prediction: Prediction, *, with_face_id: bool = False, marks: Sequence[Mark] = ()
) -> str:
    """Return what ``python -m core.predict`` prints for the same clip, indented for reading.

    A person's own ``marks`` are a list of their own.
    """
    record = prediction.to_json(with_face_id=with_face_id)
    if marks:
        record["marks"] = [mark.to_json() for mark in marks]
    return json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)
