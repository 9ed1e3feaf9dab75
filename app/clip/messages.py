"""What the server tells the Clip page, as the page reads it."""

import json
import time
from typing import Any

import gradio as gr

from app.clip.open_clip import OpenClip
from app.figures.studio import studio_data
from app.page.files import address


def message(kind: str, run: object, **content: object) -> str:
    """Return a message of a kind, in answer to what the page calls a run."""
    return json.dumps({"type": kind, "run": run, **content}, allow_nan=False)


def result_of(run: object, clip: OpenClip, *, plays: bool = False) -> str:
    """Return the message with an analysed clip's result.

    Args:
        run: What the page calls it.
        clip: Analysed.
        plays: Whether the clip begins to play.
    """
    data = studio_data(clip.predictions, title=clip.title)
    return message("result", run, data=data, address=address(clip.path), plays=plays)


def news(**properties: dict[str, Any]) -> gr.HTML:
    """Return an update of the tab's named properties, each a dictionary for the page."""
    # The time makes equal news differ: the page watches for changes.
    texts: dict[str, Any] = {
        name: json.dumps({**value, "at": time.time_ns()}) for name, value in properties.items()
    }
    return gr.HTML(**texts)
