"""How is the app started: privately on this machine, or as a Hugging Face Space?"""

import os
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

MAX_UPLOAD = "64mb"
# Previews and files wait here; analyses have a line of their own, and live frames never wait.
QUEUE = {"max_size": 16, "default_concurrency_limit": 2}
# Seconds: look for files that no visit deleted every minute, delete them after ten.
DELETE_CACHE = (60, 600)


def on_spaces(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this process runs as a Hugging Face Space."""
    return bool(environment.get("SPACE_ID"))


def keep_private(environment: MutableMapping[str, str] = os.environ) -> None:
    """Switch off every report home that the app's libraries know of.

    Gradio reads its variable when a page is built, so this must come first. Only the exact text
    "True" counts as on, and a variable that is already set is the operator's own choice.
    """
    environment.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    environment.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    environment.setdefault("ORT_DISABLE_TELEMETRY", "1")


def is_private(host: str) -> bool:
    """Whether only programs on this machine reach an address."""
    return host in {"127.0.0.1", "::1", "localhost"}


def launch_options(
    *,
    host: str | None = None,
    port: int | None = None,
    routes: Sequence[Any] = (),
    middleware: Sequence[Any] = (),
    lifespan: Any = None,
    environment: Mapping[str, str] = os.environ,
) -> dict[str, Any]:
    """Return what ``Blocks.launch`` is called with: nothing shared, stored or reported.

    Args:
        host: Address to listen on; by default this machine only, on a Space every address,
            because its proxy comes from outside the container.
        port: Port; by default ``GRADIO_SERVER_PORT``, else 7860.
        routes: Starlette routes to serve beside Gradio's own.
        middleware: What every request passes before them.
        lifespan: Starlette's: what surrounds the serving.
        environment: Where a Space is recognised.
    """
    spaces = on_spaces(environment)
    return {
        "server_name": host or environment.get("GRADIO_SERVER_NAME") or _default_host(spaces),
        "server_port": port or int(environment.get("GRADIO_SERVER_PORT") or 7860),
        "app_kwargs": {
            "routes": list(routes),
            "middleware": list(middleware),
            **({"lifespan": lifespan} if lifespan else {}),
            # Descriptions of every route, for nobody.
            **dict.fromkeys(("openapi_url", "docs_url", "redoc_url")),
        },
        "share": False,
        "ssr_mode": False,  # needs Node, and the pages are tested without it
        "pwa": False,
        "run_history": False,  # else inputs and results stay in the browser's storage
        "enable_monitoring": False,
        "mcp_server": False,
        "show_error": True,
        "footer_links": ["api"],
        "allowed_paths": [],
        "max_file_size": MAX_UPLOAD,
        "quiet": True,
    }


def _default_host(spaces: bool) -> str:
    return "0.0.0.0" if spaces else "127.0.0.1"
