"""One HTML file that shows a result anywhere, with no server and no network."""

import html
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from string import Template

from plotly.offline import get_plotlyjs

from app.export.inline import inert, one_script
from app.figures.studio import studio_data
from app.page.assets import ASSETS, read_asset
from app.page.files import stylesheets
from core.prediction import Prediction


def report_html(predictions: Sequence[Prediction], *, title: str, with_faces: bool = False) -> str:
    """Return the report: verdict, curves, episodes and facts of every face, plotly.js included.

    It can be read from a disk or put on any static host. The video is not part of it, and pictures
    of faces only on request: a report is made to be passed on.

    Args:
        predictions: One per face, the main one first.
        title: What the visitor calls the clip.
        with_faces: Include the strips of face pictures.
    """
    data = studio_data(predictions, title=title, with_crops=with_faces)
    return Template(read_asset("export/report.html")).substitute(
        title=html.escape(title),
        summary=html.escape(predictions[0].summary),
        date=date.today().isoformat(),
        style="".join(path.read_text(encoding="utf-8") for path in _styles()),
        studio=read_asset("clip/studio.html"),
        plotly=inert(get_plotlyjs()),
        script=inert(one_script("export/report.js")),
        data=inert(json.dumps(data, allow_nan=False)),
    )


def _styles() -> list[Path]:
    return [*stylesheets("clip"), ASSETS / "export/report.css"]
