"""Who is next? A line for heavy work in which everybody can see their place."""

import threading
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

from app.visit.jobs import CancelledError
from core.errors import A3LignError

MOST_WAITING = 16
LOOK_EVERY_S = 0.1
REMEMBERED = 8


class LineFullError(A3LignError):
    """Nobody else can wait."""

    def __init__(self) -> None:
        super().__init__("Too many clips are waiting on this server; try again in a minute.")


class Line:
    """Lets one at a time work, first come, first served; each owner waits once.

    Args:
        most: How many may wait.
        clock: Monotonic seconds; tests pass their own.
    """

    def __init__(
        self, most: int = MOST_WAITING, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._tickets: list[Ticket] = []
        self._took_s: deque[float] = deque(maxlen=REMEMBERED)

    def join(self, owner: str) -> "Ticket":
        """Take the last place; a place where the owner waits already is given up for it.

        Raises:
            LineFullError: There is none.
        """
        with self._lock:
            for ticket in self._tickets[1:]:
                if ticket.owner == owner:
                    self._tickets.remove(ticket)
            if len(self._tickets) > self._most:
                raise LineFullError
            self._tickets.append(Ticket(self, owner))
            return self._tickets[-1]

    def place(self, ticket: "Ticket") -> int:
        """See ``Ticket.place``."""
        with self._lock:
            if ticket not in self._tickets:
                raise CancelledError
            place = self._tickets.index(ticket)
            if place == 0 and ticket.began_s is None:
                ticket.began_s = self._clock()
            return place

    def left_s(self, place: int) -> float | None:
        """Return the estimated time to wait at a place [s], None while nothing is known."""
        with self._lock:
            return place * sum(self._took_s) / len(self._took_s) if self._took_s else None

    def leave(self, ticket: "Ticket") -> None:
        """Make room for the next one."""
        with self._lock:
            if ticket.began_s is not None:
                self._took_s.append(self._clock() - ticket.began_s)
            if ticket in self._tickets:
                self._tickets.remove(ticket)


class Ticket:
    """A place in a line; give it up by leaving the ``with`` block."""

    def __init__(self, line: Line, owner: str) -> None:
        self._line = line
        self.owner = owner
        self.began_s: float | None = None

    @property
    def place(self) -> int:
        """How many are before this one; 0 is one's turn.

        Raises:
            CancelledError: The owner has joined again since.
        """
        return self._line.place(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._line.leave(self)
