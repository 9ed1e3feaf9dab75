"""Which files can a visitor take along from the Alignment tab?"""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from app.alignment.chapters import make_chapters
from app.alignment.explained import Explained
from app.export.alignment_page import alignment_page
from app.figures.style import Mode
from core.episodes.verdict import perceived
from core.explain.arrays import explanation_arrays, explanation_summary
from core.explain.projection import Technique
from core.prediction import Prediction

Kind = Literal["json", "npz", "html"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class FileForVisitor:
    """A file in memory; it is never written on the server."""

    name: str
    media_type: str
    content: bytes


def make_file(explained: Explained, kind: Kind, mode: Mode, technique: Technique) -> FileForVisitor:
    """Make one of the files; none of them holds a picture of a face."""
    stem = _stem(explained.name)
    if kind == "json":
        summary = {
            "video": explained.name,
            "checkpoint": explained.prediction.checkpoint,
            **explanation_summary(explained.explanation, explained.prediction),
        }
        content = json.dumps(summary, indent=2).encode()
        return FileForVisitor(f"{stem}-alignment.json", "application/json", content)
    if kind == "npz":
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **explanation_arrays(explained.explanation))
        content = buffer.getvalue()
        return FileForVisitor(f"{stem}-alignment.npz", "application/octet-stream", content)
    page = alignment_page(
        make_chapters([explained], mode=mode, technique=technique),
        title=explained.name,
        lead=lead(explained.prediction),
        mode=mode,
    )
    return FileForVisitor(f"{stem}-alignment.html", "text/html", page.encode())


def lead(prediction: Prediction) -> str:
    """What a page about a verdict says first."""
    return f"{perceived(prediction)}, seen by {prediction.checkpoint}. {prediction.summary}."


def _stem(name: str) -> str:
    """A file name that no header and no file system can misread."""
    letters = Path(name).stem.encode("ascii", "replace").decode()
    plain = "".join(letter if letter.isalnum() else "-" for letter in letters)
    return plain.strip("-")[:60] or "clip"
