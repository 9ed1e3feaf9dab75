"""What does a browser learn about every answer: whether to keep it, and what it may do?"""

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.door.paths import route_path

# What Gradio needs: scripts within its page, code of the page's parts as text, styles that it
# computes. Nothing may be loaded from or sent to another host, so that a mistake in what is shown
# can tell nobody. Hugging Face shows a Space in a frame.
POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'self' https://huggingface.co https://*.hf.space",
}
HEADERS = {
    "content-security-policy": "; ".join(f"{name} {value}" for name, value in POLICY.items()),
    "x-content-type-options": "nosniff",
    # Not "no-referrer": browsers then hide from us that a request comes from our own page.
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
# Program files, the same for everybody; all else may belong to a visit and is stored nowhere.
GRADIO_PUBLIC = ("/assets/", "/static/", "/svelte/", "/favicon.ico", "/theme.css")

GRADIO_FILES = "/gradio_api/file="


class AnswerHeaders:
    """Adds ``HEADERS`` to every answer, and ``Cache-Control: no-store`` to all but program files.

    Args:
        app: What comes next.
        public: Beginnings of paths of program files, beside Gradio's.
    """

    def __init__(self, app: ASGIApp, *, public: Sequence[str] = ()) -> None:
        self._app = app
        self._public = (*GRADIO_PUBLIC, *public)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the answer's headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        path = route_path(scope)
        stored = path.startswith(self._public) and ".." not in path

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                if not stored:
                    headers["cache-control"] = "no-store"
                if path.startswith(GRADIO_FILES) and "content-disposition" in headers:
                    # The page knows what the visitor calls a file; the stored name would win.
                    kind, _, _ = headers["content-disposition"].partition(";")
                    headers["content-disposition"] = kind
            await send(message)

        await self._app(scope, receive, complete)
