"""Which programs no longer wait for their answer?

Gradio answers over a stream that a client keeps open. That it has broken is known here at once;
the work behind it would go on to its end.
"""

import contextlib
import threading
from collections.abc import Iterator
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.door.paths import route_path

QUEUE, CALL = "/gradio_api/queue/data", "/gradio_api/call/"


class Departures:
    """Tells those who work for a client when it has left."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched: dict[str, threading.Event] = {}

    @contextlib.contextmanager
    def watch(self, client: str) -> Iterator[threading.Event]:
        """Give an event that is set once the client leaves."""
        event = threading.Event()
        with self._lock:
            self._watched[client] = event
        try:
            yield event
        finally:
            with self._lock:
                if self._watched.get(client) is event:
                    del self._watched[client]

    def note(self, client: str) -> None:
        """Tell whoever works for a client that it has left."""
        with self._lock:
            event = self._watched.get(client)
        if event is not None:
            event.set()


class AnswerStreams:
    """Notes when the stream over which a client awaits its answer breaks.

    Args:
        app: What comes next.
        departures: Is told.
    """

    def __init__(self, app: ASGIApp, *, departures: Departures) -> None:
        self._app = app
        self._departures = departures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and listen."""
        client = _client(scope) if scope["type"] == "http" and scope["method"] == "GET" else ""
        if not client:
            await self._app(scope, receive, send)
            return

        async def listening() -> Message:
            message = await receive()
            if message["type"] == "http.disconnect":
                self._departures.note(client)
            return message

        await self._app(scope, listening, send)


def _client(scope: Scope) -> str:
    """Return Gradio's name of the client that a stream belongs to, "" for other requests."""
    path = route_path(scope)
    if path == QUEUE:
        query: str = scope["query_string"].decode("latin-1")
        return parse_qs(query).get("session_hash", [""])[0]
    return path.rpartition("/")[2] if path.startswith(CALL) else ""
