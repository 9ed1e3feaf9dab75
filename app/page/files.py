"""Which files does the page load, and under which address?"""

import functools
import hashlib
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import plotly
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from app.page.assets import ASSETS
from app.page.bundle import BUNDLE, bundle_routes, bundled, key

PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
# The program's own files, the same for everybody.
PROGRAM_FILES = "/page/"


def asset_routes() -> list[BaseRoute]:
    """Return the routes below which the browser finds ``assets/app`` and plotly.js.

    A script finds its neighbours and plotly.js by relative addresses, so the fingerprint in the
    address is theirs, too: an update is never mixed with copies from the browser's cache.
    """
    base = f"{PROGRAM_FILES}{_fingerprint()}"
    return [
        *bundle_routes(base),
        Mount(f"{base}/plotly", StaticFiles(directory=PLOTLY.parent)),
        Mount(base, StaticFiles(directory=ASSETS)),
    ]


def address(path: Path) -> str:
    """Return where the browser finds a file that Gradio may serve.

    Relative to the page, so that the app also works below a path prefix.
    """
    return f"gradio_api/file={quote(str(path))}"


def start_script(name: str, *events: str) -> str:
    """Return ``js_on_load`` of a part of the page: a module's ``start`` receives what Gradio gives.

    Gradio puts no modules into the page's head, but code may import them. Until they are here, the
    part keeps the last click on a button that is marked ``data-waits``, and carries it out then.
    One with ``data-opens`` clicks the element of that ``data-part`` at once: a browser opens its
    file dialog only while the click is fresh.

    Args:
        name: A module of ``assets/app`` that exports ``start``.
        events: What the module triggers; Gradio has events of those names alone that it finds in
            this code, in quotes.
    """
    start = module(name)
    if name in bundled():
        start = f"{module(BUNDLE)}.then(({{ {key(name)} }}) => {key(name)})"
    named = ", ".join(f'"{event}"' for event in events)
    given = "{ element, props, trigger, watch }"
    return f"""// Events: {named}
const waits = "[data-waits]";
let kept = null;
const keep = (event) => {{
  const button = event.target.closest(waits);
  if (!button) return;
  event.stopImmediatePropagation();
  const opened = button.dataset.opens;
  if (opened) element.querySelector(`[data-part="${{opened}}"]`).click();
  else kept = button;
}};
element.addEventListener("click", keep, true);
{start}.then(({{ start }}) => {{
  start({given});
  element.removeEventListener("click", keep, true);
  for (const button of element.querySelectorAll(waits)) {{
    button.removeAttribute("data-waits");
    button.removeAttribute("aria-disabled");
  }}
  kept?.click();
}});"""


def module(name: str) -> str:
    """Return the JavaScript expression for the promise of a module of ``assets/app``."""
    return f'import(new URL("{served(name)}", document.baseURI))'


def served(name: str) -> str:
    """Return where the browser finds a file of ``assets/app``, relative to the page."""
    return f"{PROGRAM_FILES[1:]}{_fingerprint()}/{name}"


def stylesheets(room: str = "*") -> Sequence[Path]:
    """Return the page's CSS files in the order in which they count.

    Shared variables come first, then the rooms by name, in each what all of it shares before what
    lies deeper.

    Args:
        room: The folder of ``assets/app`` whose files are wanted besides; all of them by default.
    """
    first = ASSETS / "shared/style.css"
    found = [path.relative_to(ASSETS).parts for path in ASSETS.glob(f"{room}/**/*.css")]
    ordered = sorted(found, key=lambda parts: (parts[0], len(parts), parts))
    return [
        first,
        *(path for path in (ASSETS.joinpath(*each) for each in ordered) if path != first),
    ]


@functools.cache
def _fingerprint() -> str:
    digest = hashlib.sha256(plotly.__version__.encode())
    for path in sorted(path for path in ASSETS.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(ASSETS)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]
