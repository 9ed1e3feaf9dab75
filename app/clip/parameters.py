"""How is the programming interface described, so that its snippets run as they stand?"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gradio import FileData
from gradio.components.api_component import Api
from gradio_client import handle_file
from gradio_client.utils import python_type_to_json_schema

from app.clip.program_desk import ProgramDesk
from app.examples.routes import example_path
from app.examples.shelf import EXAMPLES
from app.page.links import code_address

# JSON schema of an uploaded file.
_FILE: dict[str, Any] = python_type_to_json_schema(FileData)


def description() -> str:
    """Return what the panel says of ``predict_clip``."""
    code = code_address()
    return (
        "Recognise the perceived facial expression in a video file. The calls in Python, in "
        "JavaScript and with curl below run as they stand, on this server's own example. A call in "
        "JavaScript without a package is in the section HTTP of "
        f"assets/docs/api.md in the repository{f' ({code})' if code else ''}."
    )


def clip_parameters(
    programs: ProgramDesk, address: Callable[[], str | None]
) -> tuple[list[Api], Api]:
    """Return what ``predict_clip`` takes and gives; call inside Blocks.

    Args:
        programs: What answers.
        address: Gives the server's own address, None as long as it has none.
    """
    models, detectors = programs.models(), programs.detectors()
    video = Api(
        None, _FILE | _told("mp4, webm, gif …, at most 64 MB; upload yours first."), "Video file"
    )
    # Not by a class of its own: Gradio writes a file beside each of those.
    own = {
        "example_payload": lambda: _example_clip(address()),  # what snippets show
        "async_move_resource_to_block_cache": _as_it_is,
    }
    vars(video).update(own)
    inputs = [
        video,
        Api(models[0], _one_of(models) | _told("Which of the server's models looks."), "Model"),
        Api(detectors[0], _one_of(detectors) | _told("What finds the faces."), "Face detector"),
        Api(
            False,
            {"type": "boolean"} | _told("True adds faces: the same result for every face."),
            "Every face in the answer",
        ),
        Api(0, {"type": "number"} | _told("Times stay the video's."), "Look from this second on"),
        Api(0, {"type": "number"}, "Look up to this second, 0 for the end"),
    ]
    return inputs, Api(None, {"type": "object"}, "Result")


async def _as_it_is(path: str | Path | None) -> str | None:
    """Where Gradio would copy a file, and fetch an address, whatever server it names."""
    return None if path is None else str(path)


def _told(text: str) -> dict[str, str]:
    """What the panel says of a parameter beside its label."""
    return {"additional_description": text}


def _one_of(names: list[str]) -> dict[str, Any]:
    return {"type": "string", "enum": names}


def _example_clip(address: str | None) -> dict[str, Any]:
    """The first example: it is there for everybody who reads the snippet."""
    if space := os.environ.get("SPACE_HOST"):
        address = f"https://{space}"
    url = f"{(address or 'http://127.0.0.1:7860').rstrip('/')}{example_path(EXAMPLES[0].name)}"
    given: dict[str, Any] = handle_file(url)
    return given
