"""One HTML file that explains a verdict anywhere, with no server and no network."""

import json
from dataclasses import dataclass, field
from string import Template
from typing import Any

from plotly.offline import get_plotlyjs

from app.export.inline import inert
from app.figures.style import Mode
from app.page.assets import read_asset

# No logo, and no button that uploads the chart; the pictures can be saved as files.
PLOT_CONFIG = {"displaylogo": False, "showSendToCloud": False, "responsive": True}


@dataclass(frozen=True)
class Chapter:
    """One idea on the page.

    Attributes:
        name: Of the files made from it.
        title: Heading.
        text: What it shows and what it cannot show.
        figure: A plotly figure, None where there is a picture instead.
        picture: Address of an image, usually its data.
    """

    name: str
    title: str
    text: str
    figure: dict[str, Any] | None = None
    picture: str = field(default="", repr=False)


def alignment_page(chapters: list[Chapter], *, title: str, lead: str, mode: Mode = "light") -> str:
    """Return the page, plotly.js included.

    Args:
        chapters: In order.
        title: What the clip is called.
        lead: One sentence under the title.
        mode: Light or dark.
    """
    return Template(read_asset("export/alignment_page.html")).substitute(
        mode=mode,
        style=read_asset("shared/style.css"),
        plotly=inert(get_plotlyjs()),
        data=inert(
            json.dumps(
                {
                    "title": title,
                    "lead": lead,
                    "config": PLOT_CONFIG,
                    "chapters": [vars(chapter) for chapter in chapters],
                },
                allow_nan=False,
            )
        ),
    )
