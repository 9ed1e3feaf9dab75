"""How much of many trainings is left, and how long it may take."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from train.watching.watcher import History

Stages = Sequence[tuple[str, int]]


@dataclass
class Route:
    """All epochs of all runs of a command, and what those that were run have cost.

    Attributes:
        clock: Seconds since some moment.
    """

    clock: Callable[[], float] = time.monotonic
    _stages: dict[str, Stages] = field(default_factory=dict)
    _left: dict[str, Counter[str]] = field(default_factory=dict)
    _spent: Counter[str] = field(default_factory=Counter)
    _epochs: Counter[str] = field(default_factory=Counter)
    _since: float | None = None

    def plan(self, run: str, stages: Stages) -> None:
        """A run that will come.

        Args:
            run: What it is called; the same name is the same run.
            stages: Name and number of epochs of each of its stages, in order.
        """
        if run not in self._stages:
            self._stages[run] = stages
            self._left[run] = Counter(dict(stages))

    @property
    def epochs(self) -> int:
        """Epochs of all runs."""
        return sum(count for stages in self._stages.values() for _, count in stages)

    @property
    def done(self) -> int:
        """Of these the ones that are over."""
        return self.epochs - sum(left.total() for left in self._left.values())

    def start(self, run: str, history: History) -> None:
        """A run begins, or goes on after some epochs, which cost nothing this time."""
        self._since = self.clock()
        self._left[run] = Counter(dict(self._stages[run]))
        if history:
            self._reach(run, history[-1])

    def step(self, run: str, record: Mapping[str, Any]) -> None:
        """An epoch is over, with all that was done since the one before."""
        now = self.clock()
        if self._since is not None:
            self._spent[record["stage"]] += now - self._since  # type: ignore[assignment]
            self._epochs[record["stage"]] += 1
        self._since = now
        self._reach(run, record)

    def finish(self, run: str) -> None:
        """A run is over."""
        self._left[run] = Counter()

    def seconds_left(self) -> float | None:
        """An estimate; None before any epoch was timed.

        An epoch costs what those of its stage did on average so far; of a stage that none was
        run of, what all did.
        """
        if not self._epochs:
            return None
        usual = sum(self._spent.values()) / self._epochs.total()
        means = {stage: self._spent[stage] / count for stage, count in self._epochs.items()}
        return sum(
            count * means.get(stage, usual)
            for left in self._left.values()
            for stage, count in left.items()
        )

    def _reach(self, run: str, record: Mapping[str, Any]) -> None:
        left: Counter[str] = Counter()
        names = [stage for stage, _ in self._stages[run]]
        place = names.index(record["stage"])
        for index, (stage, count) in enumerate(self._stages[run]):
            if index >= place:
                left[stage] = count - (record["epoch"] if index == place else 0)
        self._left[run] = left
