"""What looks on at a training."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

# Contents of ``history.jsonl``: one record for each epoch of the run, whatever its stage.
History = Sequence[Mapping[str, Any]]


class Watcher(Protocol):
    """Told of every epoch; whatever it does, nothing of the training depends on it."""

    def begin(self, history: History) -> None:
        """A run begins, or goes on after the epochs of its history."""

    def epoch(self, history: History) -> None:
        """An epoch is over: the last of the history."""

    def finish(self, metrics: Mapping[str, Any]) -> None:
        """The run is over; its ``metrics.json``, empty where that was known before."""


def scalars(record: Mapping[str, Any]) -> dict[str, float]:
    """One epoch as named numbers; a slash groups what belongs on one chart."""
    found = {"loss/training": record["loss"], "time/epoch_s": record["seconds"]}
    found |= {f"rate/{part}": rate for part, rate in record["rates"].items()}
    for kind in ("shares", "norms"):
        values = record.get(f"layer_{kind}", ())
        found |= {f"layer_{kind}/{n}": value for n, value in enumerate(values, start=1)}
    validation = record.get("validation")
    if validation:
        found["loss/validation"] = validation["loss"]
        found |= {f"validation/{name.upper()}": validation[name] for name in ("war", "uar")}
    return found


def results(metrics: Mapping[str, Any]) -> dict[str, float]:
    """The finished run as named numbers."""
    return {
        f"finished/{part}_{name.upper()}": metrics[part][name]
        for part in ("validation", "test")
        if part in metrics
        for name in ("war", "uar", "ece")
    }
