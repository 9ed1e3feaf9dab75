"""The curves of a run as CSV, for whatever draws them."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from train.runtime.disk import replacing
from train.watching.watcher import History, scalars


class Sheet:
    """Keeps ``log.csv``: one line per epoch, numbered over all stages.

    It is written whole each time, since a run that goes on may repeat its last epochs.

    Args:
        folder: Of the run.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "log.csv"

    def begin(self, history: History) -> None:
        """See ``Watcher``."""

    def epoch(self, history: History) -> None:
        """See ``Watcher``."""
        rows = [
            {"step": step, "stage": record["stage"], "epoch": record["epoch"], **scalars(record)}
            for step, record in enumerate(history, start=1)
        ]
        columns = list(dict.fromkeys(name for row in rows for name in row))
        with (
            replacing(self._path) as partial,
            partial.open("w", newline="", encoding="utf-8") as stream,
        ):
            writer = csv.DictWriter(stream, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)

    def finish(self, metrics: Mapping[str, Any]) -> None:
        """See ``Watcher``."""
