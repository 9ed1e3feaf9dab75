"""What a visitor corrects in a result: the range looked at, and who is who."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.clip.open_clip import OpenClip
from core.errors import ConfigError
from core.regroup import leave_out, merge
from core.span import Span


def read_span(wish: Mapping[str, Any]) -> Span:
    """Read the range that the browser sent, the whole clip where it sent none.

    Raises:
        ConfigError: It is no range.
    """
    start_s, end_s = wish.get("start_s", 0.0), wish.get("end_s", math.inf)
    if not all(isinstance(value, int | float) for value in (start_s, end_s)):
        raise ConfigError("a range begins and ends at a number of seconds")
    return Span(float(start_s), float(end_s))


def regroup(clip: OpenClip, wish: Mapping[str, Any]) -> None:
    """Correct the faces of a clip's result.

    Args:
        clip: Analysed.
        wish: What the browser sent: numbers of faces in ``merge``, or in ``leave_out``. Those that
            remain are numbered anew.

    Raises:
        ConfigError: Such faces cannot be left out, or are not one person, or it is a saved result
            whose faces are to be merged.
    """
    key = "merge" if "merge" in wish else "leave_out"
    face_ids = wish.get(key)
    if not isinstance(face_ids, list) or not all(isinstance(each, int) for each in face_ids):
        raise ConfigError("choose the faces by their numbers")
    if key == "merge":
        if clip.model is None:
            raise ConfigError(
                "merging needs the model's work on each frame, which a saved result does not hold; "
                "analyse the video again"
            )
        faces = merge(clip.predictions, face_ids, clip.model.predictor.recognizer)
    else:
        faces = leave_out(clip.predictions, face_ids)
    # On the page a face's number is its place in the result.
    clip.predictions = [replace(each, face_id=place) for place, each in enumerate(faces)]
    clip.is_regrouped = True
    clip.notes.clear()
