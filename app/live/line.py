"""In which order are the frames of one camera looked at, and which are dropped?"""

import threading
import time
from bisect import insort
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from core.errors import A3LignError

# One is looked at, one lies ready, one is on its way: what keeps a distant server busy.
MOST_FRAMES = 3
# A frame that waited longer is dropped where a newer one waits, too: a mirror shows now [s].
OLD_AFTER_S = 0.5


class BusyError(A3LignError):
    """The frame is dropped: too many wait before it, or a newer one was looked at."""


class FrameLine:
    """Lets the frames of one camera in one at a time, by rising time.

    Several may be on their way over connections of their own, so that they need not arrive in
    order. One that arrives after a newer one has begun is dropped.

    Args:
        clock: Monotonic seconds; tests pass their own.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._waiting: list[float] = []
        self._begun_s = float("-inf")
        self._is_taken = False

    def __len__(self) -> int:
        """How many frames wait or are being looked at."""
        return len(self._waiting) + self._is_taken

    @contextmanager
    def turn(self, time_s: float) -> Iterator[None]:
        """Hold the turn of the frame that was taken at ``time_s``.

        Raises:
            BusyError: It is dropped.
        """
        with self._changed:
            if len(self) >= MOST_FRAMES:
                raise BusyError("the frames before this one are still being looked at")
            self._check_newer(time_s)
            insort(self._waiting, time_s)
            arrived_s = self._clock()
            try:
                self._changed.wait_for(lambda: not self._is_taken and self._waiting[0] == time_s)
                self._check_newer(time_s)
                if len(self._waiting) > 1 and self._clock() - arrived_s > OLD_AFTER_S:
                    raise BusyError("this frame is old, and a newer one waits")
                self._begun_s, self._is_taken = time_s, True
            finally:
                self._waiting.remove(time_s)
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._is_taken = False
                self._changed.notify_all()

    def _check_newer(self, time_s: float) -> None:
        if time_s <= self._begun_s:
            raise BusyError("a newer frame has been looked at already")
