"""Run long work beside the page, tell how far it is, and stop it within a moment."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from core.prediction import Progress, ProgressCallback, Stage

Result = TypeVar("Result")

REPORT_EVERY_S = 0.25
# Before this much is known, an estimate of the time left would jump about.
ESTIMATE_AFTER_S = 1.0
ESTIMATE_AFTER_SHARE = 0.04
# The decisions after reading take about this share of the whole.
ALIGN_SHARE = 0.05


class CancelledError(Exception):
    """The visitor stopped the work."""


@dataclass(frozen=True)
class JobState:
    """How far a job has come.

    Attributes:
        stage: What is being done.
        done: Share of the whole job, 0-1.
        left_s: Estimated time to the end [s], None while unknown.
        place: How many are to be served before.
    """

    stage: Stage | Literal["waiting"]
    done: float
    left_s: float | None
    place: int = 0


class Job(Generic[Result]):
    """Work in a thread of its own, started at once.

    Args:
        work: Called with a progress callback, which raises ``CancelledError`` once cancelled.
        keep_turn: Called at every step with what tells whether the work is cancelled; may wait for
            others, see ``app.visit.line.Ticket.keep``.
    """

    def __init__(
        self,
        work: Callable[[ProgressCallback], Result],
        keep_turn: Callable[[Callable[[], bool]], None] | None = None,
    ) -> None:
        self._work = work
        self._keep_turn = keep_turn
        self._stop = threading.Event()
        self._finished = threading.Event()
        self._progress = Progress("read", 0.0, 0.0)
        self._started_s = time.monotonic()
        self._result: Result | None = None
        self._error: BaseException | None = None
        threading.Thread(target=self._run, name="clip-job", daemon=True).start()

    def cancel(self, *, wait_s: float = 0.0) -> bool:
        """Ask the work to stop; returns whether it had stopped after ``wait_s``."""
        self._stop.set()
        return self._finished.wait(wait_s)

    def states(self) -> Iterator[JobState]:
        """Yield the state now and then until the work has ended."""
        yield self.state
        while not self._finished.wait(REPORT_EVERY_S):
            yield self.state

    @property
    def state(self) -> JobState:
        """How far the work is at this moment."""
        progress = self._progress
        done = progress.done * (1 - ALIGN_SHARE)
        if progress.stage == "align":
            done = 1 - ALIGN_SHARE + progress.done * ALIGN_SHARE
        elapsed_s = time.monotonic() - self._started_s
        known = elapsed_s > ESTIMATE_AFTER_S and done > ESTIMATE_AFTER_SHARE
        return JobState(progress.stage, done, elapsed_s * (1 - done) / done if known else None)

    def result(self) -> Result:
        """Wait for the end and return the result.

        Raises:
            CancelledError: The work was cancelled.
            BaseException: Whatever the work raised.
        """
        self._finished.wait()
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]  # set whenever there is no error

    def _run(self) -> None:
        try:
            self._result = self._work(self._report)
        except BaseException as error:  # noqa: BLE001  # handed to whoever asks for the result
            self._error = error
        finally:
            self._finished.set()

    def _report(self, progress: Progress) -> None:
        self._progress = progress
        if self._keep_turn is not None:
            self._keep_turn(self._stop.is_set)
        if self._stop.is_set():
            raise CancelledError
