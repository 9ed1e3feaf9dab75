"""The documented JSON result, as text."""

import json

from core.prediction import Prediction


def prediction_json(prediction: Prediction, *, with_face_id: bool = False) -> str:
    """Return what ``python -m core.predict`` prints for the same clip, indented for reading."""
    return json.dumps(
        prediction.to_json(with_face_id=with_face_id), indent=1, ensure_ascii=False, allow_nan=False
    )
