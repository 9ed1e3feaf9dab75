"""One HTML file that explains a verdict anywhere, with no server and no network."""

import base64
import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from string import Template
from typing import Any

from plotly.offline import get_plotlyjs

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


def alignment_page(chapters: Mapping[Mode, list[Chapter]], *, title: str, lead: str) -> str:
    """Return the page, plotly.js included, packed.

    Args:
        chapters: The same ones in one or in both colour modes; a page that has both follows the
            reader's system.
        title: What the clip is called.
        lead: One paragraph under the title.

    Raises:
        ValueError: There are no chapters.
    """
    modes = list(chapters)
    if not modes or not chapters[modes[0]]:
        raise ValueError("a page needs at least one chapter")
    first = [vars(chapter) for chapter in chapters[modes[0]]]
    data = {
        "title": title,
        "lead": lead,
        "config": PLOT_CONFIG,
        "mode": modes[0],
        "chapters": first,
        # The other mode differs in colours alone: these, and where they belong.
        "others": {
            mode: list(differences(first, [vars(chapter) for chapter in chapters[mode]]))
            for mode in modes[1:]
        },
    }
    return Template(read_asset("export/alignment_page.html")).substitute(
        mode=modes[0],
        style=read_asset("shared/style.css"),
        plotly=_packed(get_plotlyjs()),
        data=_packed(json.dumps(data, allow_nan=False, separators=(",", ":"))),
    )


def differences(one: Any, other: Any) -> Iterator[tuple[list[str | int], Any]]:
    """Say how one piece of JSON-like data becomes another.

    Yields:
        Keys and indices that lead to a place, and what stands there in the other.
    """
    pairs: Iterable[tuple[str | int, Any, Any]]
    kinds = (type(one), type(other))
    if kinds == (dict, dict) and one.keys() == other.keys():
        pairs = ((key, one[key], other[key]) for key in one)
    elif kinds in {(list, list), (tuple, tuple)} and len(one) == len(other):
        pairs = ((place, *both) for place, both in enumerate(zip(one, other, strict=True)))
    else:
        if one != other:
            yield [], other
        return
    for key, before, after in pairs:
        for path, value in differences(before, after):
            yield [key, *path], value


def _packed(text: str) -> str:
    """Text as the page's script unpacks it; nothing in it can end an element."""
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()
