"""One line for everything that a command trains: where it is, and how long it may still take."""

from collections.abc import Mapping
from typing import Any

from tqdm import tqdm

from train.watching.route import Route, Stages
from train.watching.watcher import History

FORM = "{desc} {bar} {n_fmt}/{total_fmt} epochs, {elapsed} gone{postfix}"


class Progress:
    """The line; it counts the epochs of all runs that it was told of.

    Args:
        route: Counts and estimates.
        hidden: Show nothing, as in all but the first of several processes.
    """

    def __init__(self, route: Route | None = None, *, hidden: bool = False) -> None:
        self.route = route or Route()
        self._hidden = hidden
        self._bar: Any = None

    def plan(self, run: str, stages: Stages) -> None:
        """A run that will come, see ``Route.plan``."""
        self.route.plan(run, stages)

    def of_run(self, run: str, title: str) -> "RunProgress":
        """What looks on at one of the runs."""
        return RunProgress(self, run, title)

    def show(self, title: str, record: Mapping[str, Any] | None) -> None:
        """Bring the line up to date."""
        if self._bar is None:
            self._bar = tqdm(total=self.route.epochs, bar_format=FORM, disable=self._hidden)
        self._bar.total, self._bar.n = self.route.epochs, self.route.done
        self._bar.set_description_str(title, refresh=False)
        self._bar.set_postfix_str(_said(record, self.route.seconds_left()))

    def close(self) -> None:
        """Leave the line as it is."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class RunProgress:
    """Tells the line of one run."""

    def __init__(self, progress: Progress, run: str, title: str) -> None:
        self._progress, self._run, self._title = progress, run, title

    def begin(self, history: History) -> None:
        """See ``Watcher``."""
        self._progress.route.start(self._run, history)
        self._progress.show(self._title, None)

    def epoch(self, history: History) -> None:
        """See ``Watcher``."""
        record = history[-1]
        self._progress.route.step(self._run, record)
        self._progress.show(f"{self._title} {record['stage']}".strip(), record)

    def finish(self, metrics: Mapping[str, Any]) -> None:  # noqa: ARG002
        """See ``Watcher``."""
        self._progress.route.finish(self._run)
        self._progress.show(self._title, None)


def _said(record: Mapping[str, Any] | None, seconds: float | None) -> str:
    words = [] if seconds is None else [f"about {in_words(seconds)} left"]
    if record is not None:
        words.append(f"loss {record['loss']:.3f}")
        scores = record["validation"] or {}
        words += [f"{name.upper()} {scores[name]:.3f}" for name in ("war", "uar") if scores]
    return ", ".join(words)


def in_words(seconds: float) -> str:
    """A duration for people, in its two largest units."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min"
    return f"{hours // 24} d {hours % 24} h"
