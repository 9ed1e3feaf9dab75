"""What the server tells the Clip page, as the page reads it."""

import json
import time
from collections.abc import Sequence
from typing import Any

import gradio as gr

from app.clip.open_clip import OpenClip
from app.figures.studio import studio_data
from app.page.files import address
from core.annotations import Mark


def message(kind: str, run: object, **content: object) -> str:
    """Return a message of a kind, in answer to what the page calls a run."""
    return json.dumps({"type": kind, "run": run, **content}, allow_nan=False)


def result_of(
    run: object, clip: OpenClip, *, plays: bool = False, marks: Sequence[Mark] = ()
) -> str:
    """Return the message with a clip's result.

    Args:
        run: What the page calls it.
        clip: Analysed, or read from a file.
        plays: Whether the clip begins to play.
        marks: Those that a file held.
    """
    data = studio_data(clip.predictions, title=clip.title)
    if clip.missing is not None:
        data["saved"] = {"missing": list(clip.missing), "has_video": clip.path is not None}
    if marks:
        data["marks"] = [mark.to_json() for mark in marks]
    where = None if clip.path is None else address(clip.path)
    return message("result", run, data=data, address=where, plays=plays)


def news(**properties: dict[str, Any]) -> gr.HTML:
    """Return an update of the tab's named properties, each a dictionary for the page."""
    # The time makes equal news differ: the page watches for changes.
    texts: dict[str, Any] = {
        name: json.dumps({**value, "at": time.time_ns()}) for name, value in properties.items()
    }
    return gr.HTML(**texts)
