"""Who is next? A line for heavy work in which everybody can see their place."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from app.visit.forecast import LEAST_S, MOST_BEGUN, TURN_S, Waiting, time_until
from app.visit.jobs import CancelledError
from app.visit.workload import USUAL, Workload
from core.errors import A3LignError

MOST_WAITING = 16
LOOK_EVERY_S = 0.1
REMEMBERED = 8


class LineFullError(A3LignError):
    """Nobody else can wait."""

    def __init__(self) -> None:
        super().__init__("Too many clips are waiting on this server; try again in a minute.")


class Line:
    """Lets one at a time work, short clips before long ones; each owner waits once.

    Long work takes turns with what came after it, so that nobody's hour-long film, and nobody's
    file made to take long, keeps the others waiting for its end.

    Args:
        most: How many may wait.
        clock: Monotonic seconds; tests pass their own.
    """

    def __init__(
        self, most: int = MOST_WAITING, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._clock = clock
        self._change = threading.Condition()
        self._tickets: list[Ticket] = []
        # Frames of the last ones, and how long they took [s].
        self._done: deque[tuple[float, float]] = deque(maxlen=REMEMBERED)

    def join(self, owner: str, work: Workload = USUAL) -> "Ticket":
        """Take a place; one where the owner waits already is given up for it.

        It is the place that the clip would have if it had come later by its own length, first come
        first served among those. So a short clip need not wait for a long one that came a minute
        before it, and nobody waits for ever: whoever comes later than a clip's length after it
        stands behind it, however short.

        Args:
            owner: Who waits.
            work: What is to be done.

        Raises:
            LineFullError: There is none.
        """
        with self._change:
            for ticket in self._tickets[1:]:
                if ticket.owner == owner:
                    self._tickets.remove(ticket)
            if len(self._tickets) > self._most:
                raise LineFullError
            joined = Ticket(self, owner, work, self._clock() + work.length_s)
            place = len(self._tickets)
            while place > 1 and self._tickets[place - 1].due_s > joined.due_s:
                place -= 1
            self._tickets.insert(place, joined)
            self._change.notify_all()
            return joined

    def place(self, ticket: "Ticket") -> int:
        """See ``Ticket.place``."""
        with self._change:
            if ticket not in self._tickets:
                raise CancelledError
            place = self._tickets.index(ticket)
            if place == 0 and ticket.turn_s is None:
                ticket.turn_s = self._clock()
            return place

    def keep(self, ticket: "Ticket", is_stopped: Callable[[], bool]) -> None:
        """See ``Ticket.keep``."""
        with self._change:
            if self._is_due(ticket):
                self._pass_on(ticket)
            while ticket in self._tickets[1:] and not is_stopped():
                self._change.wait(LOOK_EVERY_S)
        self.place(ticket)

    def left_s(self, ticket: "Ticket") -> float | None:
        """See ``Ticket.left_s``."""
        with self._change:
            if not self._done or ticket not in self._tickets:
                return None
            frames, took_s = map(sum, zip(*self._done, strict=True))
            now_s = self._clock()
            waits = [
                Waiting(
                    max(each.work.frames * took_s / frames - each.worked_by(now_s), LEAST_S),
                    each.worked_s > 0 or each.turn_s is not None,
                )
                for each in self._tickets
            ]
            turn_s = 0.0 if (begun := self._tickets[0].turn_s) is None else now_s - begun
            return time_until(waits, self._tickets.index(ticket), max(TURN_S - turn_s, 0.0))

    def leave(self, ticket: "Ticket") -> None:
        """Make room for the next one."""
        with self._change:
            worked_s = self._note_turn(ticket)
            if worked_s > 0:
                self._done.append((ticket.work.frames, worked_s))
            if ticket in self._tickets:
                self._tickets.remove(ticket)
                self._change.notify_all()

    def _is_due(self, ticket: "Ticket") -> bool:
        return (
            len(self._tickets) > 1
            and ticket is self._tickets[0]
            and ticket.turn_s is not None
            and self._clock() - ticket.turn_s >= TURN_S
        )

    def _pass_on(self, ticket: "Ticket") -> None:
        """Let the next one work, and wait behind the others for another turn."""
        self._note_turn(ticket)
        self._tickets.append(self._tickets.pop(0))
        begun = [other for other in self._tickets if other.worked_s > 0]
        if len(begun) >= MOST_BEGUN and self._tickets[0] not in begun:
            # Nothing further begins; what has begun goes on in turns, and so comes to an end.
            self._tickets.remove(begun[0])
            self._tickets.insert(0, begun[0])
        self._change.notify_all()

    def _note_turn(self, ticket: "Ticket") -> float:
        if ticket.turn_s is not None:
            ticket.worked_s += self._clock() - ticket.turn_s
            ticket.turn_s = None
        return ticket.worked_s


class Ticket:
    """A place in a line; give it up by leaving the ``with`` block.

    Attributes:
        owner: Whose it is.
        work: What is to be done.
        due_s: When it came, and its clip's length later, on the line's clock.
        turn_s: When the present turn began, on the line's clock; None while it waits.
        worked_s: Length of the turns before [s].
    """

    def __init__(self, line: Line, owner: str, work: Workload, due_s: float) -> None:
        self._line = line
        self.owner = owner
        self.work = work
        self.due_s = due_s
        self.turn_s: float | None = None
        self.worked_s = 0.0

    @property
    def place(self) -> int:
        """How many are before this one; 0 is one's turn.

        Raises:
            CancelledError: The owner has joined again since.
        """
        return self._line.place(self)

    @property
    def left_s(self) -> float | None:
        """Estimated time until the first turn [s], None while nothing is known.

        From what those before still want and how long the last ones took for their frames.
        """
        return self._line.left_s(self)

    def worked_by(self, now_s: float) -> float:
        """Length of the turns up to a moment [s]."""
        return self.worked_s + (0.0 if self.turn_s is None else now_s - self.turn_s)

    def wait(self, is_stopped: Callable[[], bool]) -> None:
        """Wait for the first turn.

        Raises:
            CancelledError: It is not wanted any more, or the owner has joined again since.
        """
        for _ in self.places(is_stopped):
            time.sleep(LOOK_EVERY_S)

    def places(self, is_stopped: Callable[[], bool]) -> Iterator[int]:
        """Yield the place until it is one's turn; raises as ``wait`` does."""
        while place := self.place:
            yield place
            if is_stopped():
                raise CancelledError
        if is_stopped():
            raise CancelledError

    def keep(self, is_stopped: Callable[[], bool]) -> None:
        """Call at every step of the work: waits while it is the turn of others.

        Args:
            is_stopped: Asked while waiting; returns at once when it says so.

        Raises:
            CancelledError: The owner has joined again since.
        """
        self._line.keep(self, is_stopped)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._line.leave(self)


@dataclass(frozen=True)
class Lines:
    """The lines of a server: one thing of each kind at a time.

    Attributes:
        analyses: Looks at clips with a model.
        films: Writes films: copies for the player, and those that are saved.
    """

    analyses: Line = field(default_factory=Line)
    films: Line = field(default_factory=Line)
