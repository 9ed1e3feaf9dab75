"""How does a figure become a PNG file? With kaleido, or else with any Chrome or Chromium."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
from plotly.offline import get_plotlyjs

from app.export.inline import inert
from app.figures.style import SURFACES, Mode
from core.errors import A3LignError

WIDTH_PX, HEIGHT_PX, SCALE = 960, 560, 2
# A browser draws its picture in pieces of limited height.
TALLEST_PX = 3600
WITHIN_S = 180
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
HOW = (
    "install kaleido (pip install kaleido), or Chromium or Google Chrome, whose path may also "
    "stand in the environment variable CHROMIUM"
)


class NoRendererError(A3LignError):
    """Nothing on this machine can turn a figure into a picture."""


@dataclass(frozen=True)
class Figure:
    """A figure to draw.

    Attributes:
        name: Of the file, without its ending.
        content: The plotly figure; its own height is kept.
    """

    name: str
    content: Mapping[str, Any]

    @property
    def height_px(self) -> int:
        """Height of the picture before scaling [px]."""
        return int(self.content["layout"].get("height", HEIGHT_PX))


def write_pictures(figures: Iterable[Figure], out: Path, *, mode: Mode = "light") -> list[Path]:
    """Write ``NAME.png`` for each figure.

    Args:
        figures: With names of their own.
        out: An existing folder.
        mode: Decides the background.

    Raises:
        NoRendererError: There is neither kaleido nor a browser, or the browser fails.
    """
    figures = list(figures)
    if find_spec("kaleido") is not None:
        return [_with_kaleido(figure, out, mode) for figure in figures]
    browser = find_browser()
    if browser is None:
        raise NoRendererError(f"no PNG files: nothing here can draw them; {HOW}")
    pages: list[list[Figure]] = [[]]
    for figure in figures:
        if pages[-1] and sum(one.height_px for one in [*pages[-1], figure]) > TALLEST_PX:
            pages.append([])
        pages[-1].append(figure)
    return [path for page in pages for path in _with_browser(browser, page, out, mode)]


def can_draw(figure: Mapping[str, Any]) -> bool:
    """Whether a figure needs no WebGL, without which three dimensions stay a blank picture."""
    return not any(trace["type"].endswith("3d") for trace in figure["data"])


def find_browser() -> str | None:
    """Return the path of a Chrome or Chromium, None where none is found."""
    given = os.environ.get("CHROMIUM")
    return next(filter(None, map(shutil.which, (given, *BROWSERS) if given else BROWSERS)), None)


def _with_kaleido(figure: Figure, out: Path, mode: Mode) -> Path:
    import plotly.graph_objects as go

    path = out / f"{figure.name}.png"
    drawn = go.Figure(figure.content, skip_invalid=True)
    drawn.update_layout(paper_bgcolor=SURFACES[mode].surface)
    try:
        drawn.write_image(path, width=WIDTH_PX, height=figure.height_px, scale=SCALE)
    # Plotly raises another kind of error for each way in which kaleido's browser can be missing.
    except (ValueError, RuntimeError, ImportError, OSError) as error:
        reason = str(error).strip().split("\n")[0]
        raise NoRendererError(f"no PNG files: kaleido failed ({reason}); {HOW}") from error
    return path


def _with_browser(browser: str, page: list[Figure], out: Path, mode: Mode) -> list[Path]:
    """Let a browser draw the figures below each other, and cut its picture apart."""
    with tempfile.TemporaryDirectory() as folder:
        source, picture = Path(folder) / "page.html", Path(folder) / "page.png"
        source.write_text(_page(page, mode), encoding="utf-8")
        height_px = sum(figure.height_px for figure in page)
        command = [
            browser, "--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
            f"--user-data-dir={folder}/profile",
            f"--force-device-scale-factor={SCALE}", f"--window-size={WIDTH_PX},{height_px}",
            "--virtual-time-budget=20000", f"--screenshot={picture}", source.as_uri(),
        ]  # fmt: skip
        # Chromium refuses to run as root with its sandbox; the page holds nothing but our figures.
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=WITHIN_S)
        except (OSError, subprocess.SubprocessError) as error:
            raise NoRendererError(f"no PNG files: {browser} failed ({error}); {HOW}") from error
        pixels = cv2.imread(str(picture))
    if pixels is None or pixels.shape[0] < height_px * SCALE:
        raise NoRendererError(f"no PNG files: {browser} drew no whole picture; {HOW}")
    paths, top = [], 0
    for figure in page:
        paths.append(out / f"{figure.name}.png")
        part = pixels[top * SCALE : (top + figure.height_px) * SCALE]
        cv2.imwrite(str(paths[-1]), part, [cv2.IMWRITE_PNG_COMPRESSION, 9])
        top += figure.height_px
    return paths


def _page(page: list[Figure], mode: Mode) -> str:
    figures = [
        {"data": figure.content["data"], "layout": {**figure.content["layout"], "width": WIDTH_PX}}
        for figure in page
    ]
    places = "".join(f'<section style="height:{figure.height_px}px"></section>' for figure in page)
    return (
        f'<!doctype html><meta charset="utf-8"><body style="margin:0;background:'
        f'{SURFACES[mode].surface}">{places}<script>{inert(get_plotlyjs())}</script><script>'
        f"const figures = {inert(json.dumps(figures))};"
        "figures.forEach(({data, layout}, place) => Plotly.newPlot("
        "document.querySelectorAll('section')[place], data, layout, {staticPlot: true}));"
        "</script></body>"
    )
