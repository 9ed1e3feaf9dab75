"""Which files does the page load, and under which address?"""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import gradio as gr
import plotly

from app.page.assets import ASSETS

PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"


def serve_assets() -> None:
    """Let the server hand out the page's own files and plotly.js, and nothing else."""
    gr.set_static_paths([ASSETS, PLOTLY])


def address(path: Path) -> str:
    """Return where the browser finds a file that Gradio may serve.

    Relative to the page, so that the app also works below a path prefix.
    """
    return f"gradio_api/file={quote(str(path))}"


def script_tags(*names: str, draws: bool = True) -> str:
    """Return the tags that load plotly.js and then scripts of ``assets/app``, in this order.

    Gradio loads a script once, however many parts of the page ask for it, and waits for it before
    a part's own code runs. The age of the file is in the address: an update is never mixed with
    a copy from the browser's cache.

    Args:
        names: The scripts.
        draws: Whether plotly.js is wanted, too.
    """
    paths = [*([PLOTLY] if draws else []), *(ASSETS / name for name in names)]
    return "".join(
        f'<script src="{address(path)}?v={path.stat().st_mtime_ns}"></script>' for path in paths
    )


def stylesheets() -> Sequence[Path]:
    """Return the page's CSS files, shared variables first."""
    first = ASSETS / "shared/style.css"
    return [first, *sorted(path for path in ASSETS.glob("*/*.css") if path != first)]
