"""How long may a connection take to say what it wants?

Until a request's head is complete no application sees it, so this is the server's own part.
"""

import asyncio

from uvicorn.protocols.http.auto import AutoHTTPProtocol

HEAD_WITHIN_S = 10.0


class PatientProtocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]  # chosen when imported
    """uvicorn's protocol, except that a half-sent head ends the connection.

    Time runs from the opening, and after an answer from the first byte of the next request: what
    comes drop by drop gains nothing.
    """

    head_within_s = HEAD_WITHIN_S
    _giving_up: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin to wait."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came, and go on waiting unless it completes a head."""
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            self._wait()
        else:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._giving_up is None and not self.transport.is_closing():
            self._giving_up = self.loop.call_later(self.head_within_s, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None
