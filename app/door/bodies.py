"""How much may a request send, and how slowly?"""

from collections.abc import Mapping

import anyio
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.door.paths import route_path
from app.door.refusal import refuse

# Gradio reads its requests as one piece of JSON, on the thread that serves everybody.
MAX_BYTES = 256_000
# A request may take this long, and longer by what it has sent at the slowest accepted rate.
PATIENCE_S = 10.0
SLOWEST_BYTES_PER_S = 8_000.0


class BodyGuard:
    """Refuses bodies that are too large (413) or come too slowly (408).

    Small bodies are read whole before anything else happens, so that a half-sent one costs a few
    bytes of memory. Large ones are streamed; once one passes its limit, the route sees its client
    leave.

    Args:
        app: What comes next.
        limits: Paths that accept more than ``MAX_BYTES``, and how much [bytes].
        patience_s: See ``PATIENCE_S``.
    """

    def __init__(
        self, app: ASGIApp, *, limits: Mapping[str, int], patience_s: float = PATIENCE_S
    ) -> None:
        self._app = app
        self._limits = limits
        self._patience_s = patience_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http" or not _has_body(headers := Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        path = route_path(scope).rstrip("/")
        limit = self._limits.get(path, MAX_BYTES)
        body = _Body(receive, limit, self._patience_s)
        try:
            if (stated := headers.get("content-length", "0")).isdecimal() and int(stated) > limit:
                raise _RefusedError(413, _too_large(limit))
            if path not in self._limits:
                await body.read_ahead()
            await self._serve(body, scope, send)
        except _RefusedError as error:
            await refuse(error.status, str(error), scope, receive, send)
        except ClientDisconnect:
            pass  # nobody is left to be answered

    async def _serve(self, body: "_Body", scope: Scope, send: Send) -> None:
        answered = False

        async def send_unless_refused(message: Message) -> None:
            nonlocal answered
            if body.refusal is None or answered:
                answered = True
                await send(message)

        try:
            await self._app(scope, body.receive, send_unless_refused)
        except ClientDisconnect:
            if body.refusal is None:
                raise
        if body.refusal is not None and not answered:
            raise body.refusal


class _RefusedError(Exception):
    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class _Body:
    """A request's body on its way in."""

    def __init__(self, receive: Receive, limit: int, patience_s: float) -> None:
        self._receive = receive
        self._limit = limit
        self._patience_s = patience_s
        self._began_s = anyio.current_time()
        self._count = 0
        self._complete = False
        self._ahead: list[Message] = []
        self.refusal: _RefusedError | None = None

    async def read_ahead(self) -> None:
        """Read everything now; ``receive`` hands it out later.

        Raises:
            _RefusedError: It is too much, or too slow.
            ClientDisconnect: It broke off.
        """
        messages: list[Message] = []
        while not self._complete:
            messages.append(await self._next())
        whole = b"".join(message.get("body", b"") for message in messages)
        self._ahead = [{"type": "http.request", "body": whole, "more_body": False}]

    async def receive(self) -> Message:
        """Return the next message, as ASGI wants it."""
        if self._ahead:
            return self._ahead.pop()
        if self._complete:
            return await self._receive()  # waits until the client leaves
        if self.refusal is None:
            try:
                return await self._next()
            except _RefusedError as error:
                self.refusal = error
            except ClientDisconnect:
                pass
        return {"type": "http.disconnect"}

    async def _next(self) -> Message:
        allowed_s = self._patience_s + self._count / SLOWEST_BYTES_PER_S
        message: Message | None = None
        with anyio.move_on_at(self._began_s + allowed_s):
            message = await self._receive()
        if message is None:
            raise _RefusedError(408, "The request came too slowly; try again.")
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        self._count += len(message.get("body", b""))
        self._complete = not message.get("more_body", False)
        if self._count > self._limit:
            raise _RefusedError(413, _too_large(self._limit))
        return message


def _has_body(headers: Headers) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _too_large(limit: int) -> str:
    return f"The request is larger than {limit // 1000} kB, which is all that is accepted here."
