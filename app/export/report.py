"""One HTML file that shows a result anywhere, with no server and no network."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from string import Template

from plotly.offline import get_plotlyjs

from app.figures.studio import studio_data
from core.prediction import Prediction

ASSETS = Path(__file__).resolve().parents[2] / "assets" / "app"
SCRIPTS = (
    "shared/shared.js",
    "clip/view.js",
    "clip/chart.js",
    "clip/strip.js",
    "clip/verdict.js",
    "export/report.js",
)


def report_html(predictions: Sequence[Prediction], *, title: str, with_faces: bool = False) -> str:
    """Return the report: verdict, curves and facts of every face, plotly.js included.

    The video is not part of it, and pictures of faces only on request: a report is made to be
    passed on.

    Args:
        predictions: One per face, the main one first.
        title: What the visitor calls the clip.
        with_faces: Include the strips of face pictures.
    """
    data = studio_data(predictions, title=title, with_crops=with_faces)
    return Template(_asset("export/report.html")).substitute(
        style=_asset("shared/style.css") + _asset("clip/clip.css"),
        studio=_asset("clip/studio.html"),
        plotly=_inert(get_plotlyjs()),
        scripts="\n".join(_inert(_asset(name)) for name in SCRIPTS),
        data=_inert(json.dumps(data, allow_nan=False)),
    )


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _inert(text: str) -> str:
    r"""Keep a script's text from ending its element: the clip's name is the visitor's own.

    These occur inside strings only, where ``\x3c`` is the same letter. JSON has no such
    escape, so ``export/report.html`` holds the data as JavaScript.
    """
    return re.sub(r"<(?=/?script|!--)", r"\\x3c", text, flags=re.IGNORECASE)
