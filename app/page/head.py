"""What stands in the page's head: words and picture for link previews, scripts to fetch early."""

import gzip
import html
import re

from gradio.route_utils import get_root_url
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.page.bundle import BUNDLE
from app.page.files import served

TITLE = "A3lign-DFER: perceived facial expression"
DESCRIPTION = (
    "Drop in a video of a face and see which expression the model perceives, when, and how sure "
    "it is. An open implementation of arXiv 2403.04294."
)
PICTURE = "shared/preview.png"
PICTURE_SIZE = (1200, 630)
GZIP_LEVEL = 6
# Gradio's own words, and the pictures of its website, which crawlers would take first.
FOREIGN = re.compile(r'\s*<meta\s+(?:property="og:|name="twitter:)[^>]*>')


class PageHead:
    """Completes the head of the page itself and compresses it; other answers pass as they are.

    Gradio's template fixes the words of link previews, and what ``launch`` takes for the head is
    put there by a script, which crawlers do not run.

    Args:
        app: What comes next.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; change the answer if it is the page."""
        path = str(scope.get("path", "")).removeprefix(scope.get("root_path", ""))
        if scope["type"] != "http" or scope["method"] != "GET" or path not in {"", "/"}:
            await self._app(scope, receive, send)
            return
        takes_gzip = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        started: Message = {}
        body = bytearray()

        async def complete(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = message
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            headers = MutableHeaders(scope=started)
            content = bytes(body)
            if headers.get("content-type", "").startswith("text/html"):
                root = get_root_url(Request(scope), "/", scope.get("root_path"))
                content = with_head(content.decode(), root).encode()
                if takes_gzip:
                    # Gradio compresses its files, but not the page, which is larger than any.
                    content = gzip.compress(content, GZIP_LEVEL)
                    headers["content-encoding"] = "gzip"
                headers["vary"] = "Accept-Encoding"
                headers["content-length"] = str(len(content))
            await send(started)
            await send({"type": "http.response.body", "body": content})

        await self._app(scope, receive, complete)


def with_head(page: str, root: str) -> str:
    """Return the page with our own words in its head.

    Args:
        page: Gradio's HTML.
        root: Address under which visitors reach the app; previews need whole addresses.
    """
    bare = FOREIGN.sub("", page)
    tags = [*_previews(root), _early()]
    return bare.replace("<head>", "<head>\n\t\t" + "\n\t\t".join(tags), 1)


def _previews(root: str) -> list[str]:
    width, height = PICTURE_SIZE
    words = {
        "og:type": "website",
        "og:site_name": "A3lign-DFER",
        "og:url": f"{root}/",
        "og:title": TITLE,
        "og:description": DESCRIPTION,
        "og:image": f"{root}/{served(PICTURE)}",
        "og:image:width": str(width),
        "og:image:height": str(height),
        "og:image:alt": "Curves of perceived expressions over the seconds of a clip",
    }
    return [
        f'<meta name="description" content="{html.escape(DESCRIPTION)}" />',
        '<meta name="twitter:card" content="summary_large_image" />',
        *(
            f'<meta property="{name}" content="{html.escape(text)}" />'
            for name, text in words.items()
        ),
    ]


def _early() -> str:
    """Without this the browser learns of our scripts only when Gradio has built the page."""
    # Before Gradio's <base> a relative address counts from the page's own, which is the same.
    return f'<link rel="modulepreload" href="{served(BUNDLE)}" />'
