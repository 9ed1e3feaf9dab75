"""Which files does the page load, and under which address?"""

import functools
import hashlib
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import plotly
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from app.page.assets import ASSETS

PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
_PLOTLY_FOLDER = f"plotly-{plotly.__version__}"
# The program's own files, the same for everybody.
PROGRAM_FILES = "/page/"


def asset_routes() -> list[Mount]:
    """Return the routes below which the browser finds ``assets/app`` and plotly.js.

    A script imports its neighbours by relative addresses, so the fingerprint in the address is
    theirs, too: an update is never mixed with copies from the browser's cache.
    """
    return [
        Mount(f"{PROGRAM_FILES}{_fingerprint()}", StaticFiles(directory=ASSETS)),
        Mount(f"{PROGRAM_FILES}{_PLOTLY_FOLDER}", StaticFiles(directory=PLOTLY.parent)),
    ]


def address(path: Path) -> str:
    """Return where the browser finds a file that Gradio may serve.

    Relative to the page, so that the app also works below a path prefix.
    """
    return f"gradio_api/file={quote(str(path))}"


def plotly_tag() -> str:
    """Return the tag that loads plotly.js, for ``head`` of a part of the page that draws.

    Gradio loads a script once, however many parts of the page ask for it, and waits for it before
    a part's own code runs.
    """
    return f'<script src="page/{_PLOTLY_FOLDER}/{PLOTLY.name}"></script>'


def start_script(name: str, *events: str) -> str:
    """Return ``js_on_load`` of a part of the page: a module's ``start`` receives what Gradio gives.

    Gradio puts no modules into the page's head, but code may import them.

    Args:
        name: A module of ``assets/app`` that exports ``start``.
        events: What the module triggers; Gradio has events of those names alone that it finds in
            this code, in quotes.
    """
    named = ", ".join(f'"{event}"' for event in events)
    given = "{ element, props, trigger, watch }"
    return f"// Events: {named}\n{module(name)}.then(({{ start }}) => start({given}));"


def module(name: str) -> str:
    """Return the JavaScript expression for the promise of a module of ``assets/app``."""
    return f'import(new URL("page/{_fingerprint()}/{name}", document.baseURI))'


def stylesheets() -> Sequence[Path]:
    """Return the page's CSS files, shared variables first."""
    first = ASSETS / "shared/style.css"
    return [first, *sorted(path for path in ASSETS.glob("*/*.css") if path != first)]


@functools.cache
def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in ASSETS.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(ASSETS)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]
