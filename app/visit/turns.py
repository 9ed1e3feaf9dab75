"""Whose turn is it? One thing that everybody shares, given out in the order of asking."""

import threading
from collections import deque
from types import TracebackType
from typing import Self


class FairTurn:
    """A lock that serves strictly first come, first served.

    ``threading.Lock`` makes no such promise: a visitor who comes back at once can overtake one
    who has been waiting. Where every visitor has at most one frame waiting, first come first
    served is a round robin over the visitors.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Event] = deque()

    def __enter__(self) -> Self:
        with self._guard:
            if not self._taken:
                self._taken = True
                return self
            mine = threading.Event()
            self._waiting.append(mine)
        mine.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._guard:
            if self._waiting:
                # The turn is handed over directly, so that nobody can slip in between.
                self._waiting.popleft().set()
            else:
                self._taken = False
