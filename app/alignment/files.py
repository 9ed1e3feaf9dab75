"""Which files can a visitor take along from the Alignment tab?"""

import datetime
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from app.alignment.chapters import Maps, chapters_in_both_modes
from app.alignment.explained import Explained
from app.export.alignment_page import alignment_page
from core.episodes.verdict import perceived
from core.explain.arrays import save_arrays
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


def make_file(
    explained: Explained,
    kind: Kind,
    technique: Technique,
    beside: Explained | None = None,
    maps: Maps | None = None,
) -> FileForVisitor:
    """Make one of the files; none of them holds a picture of a face.

    Args:
        explained: The clip.
        kind: Which file.
        technique: How the maps of the page are made.
        beside: What the clip is compared with; every file holds both.
        maps: Maps of the same that are laid out already.
    """
    stem = _stem(explained.name)
    if kind == "json":
        summary = explained.summary()
        if beside is not None:
            summary["beside"] = beside.summary()
        content = json.dumps(summary, indent=2).encode()
        return FileForVisitor(f"{stem}-alignment.json", "application/json", content)
    if kind == "npz":
        buffer = io.BytesIO()
        save_arrays(buffer, explained.explanation, beside.explanation if beside else None)
        content = buffer.getvalue()
        return FileForVisitor(f"{stem}-alignment.npz", "application/octet-stream", content)
    both = [explained] if beside is None else [explained, beside]
    page = alignment_page(
        chapters_in_both_modes(both, technique, maps),
        title=" beside ".join(each.name for each in both),
        lead=page_lead(both),
    )
    return FileForVisitor(f"{stem}-alignment.html", "text/html", page.encode())


def page_lead(explained: Sequence[Explained]) -> str:
    """What a page about one or two clips says first: verdicts, what is uncertain, and when."""
    several = len(explained) > 1
    told = [
        f"{each.name}: {lead(each.prediction)}" if several else lead(each.prediction)
        for each in explained
    ]
    margin = explained[0].predictor.checkpoint.config.calibration.margin
    today = datetime.datetime.now(tz=datetime.UTC).date()
    return (
        f"{' '.join(told)} A verdict that leads by less than {margin * 100:.0f} percentage points "
        f"counts as uncertain. Made on {today.day} {today:%B %Y}."
    )


def lead(prediction: Prediction) -> str:
    """What a page about a verdict says first."""
    return f"{perceived(prediction)}, seen by {prediction.checkpoint}. {prediction.summary}."


def _stem(name: str) -> str:
    """A file name that no header and no file system can misread."""
    letters = Path(name).stem.encode("ascii", "replace").decode()
    plain = "".join(letter if letter.isalnum() else "-" for letter in letters)
    return plain.strip("-")[:60] or "clip"
