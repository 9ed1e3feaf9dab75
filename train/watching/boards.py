"""The curves of a run on boards that others make: TensorBoard and Weights & Biases."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from train.watching.watcher import History, results, scalars


class TensorBoard:
    """Writes TensorBoard's events into ``events/`` of a run.

    Args:
        folder: Of the run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "events"
        self._writer: Any = None
        self._step = 0

    def begin(self, history: History) -> None:
        """See ``Watcher``."""
        self._step = len(history)

    def epoch(self, history: History) -> None:
        """See ``Watcher``."""
        if self._writer is None:
            board = importlib.import_module("torch.utils.tensorboard")
            # What an interrupted run wrote after its last saved state is told to be void.
            self._writer = board.SummaryWriter(str(self._folder), purge_step=len(history))
        self._step = len(history)
        self._write(scalars(history[-1]))

    def finish(self, metrics: Mapping[str, Any]) -> None:
        """See ``Watcher``."""
        if self._writer is not None:
            self._write(results(metrics))
            self._writer.close()
            self._writer = None

    def _write(self, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(name, value, self._step)
        self._writer.flush()


class WeightsAndBiases:
    """Sends a run to the Weights & Biases server that ``wandb`` is set up for.

    Args:
        folder: Of the run; its name is the run's, and what the program keeps goes there.
        settings: Shown beside the curves.
    """

    PROJECT = "a3lign-dfer"

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        self._folder, self._settings = folder, settings
        self._run: Any = None

    def begin(self, history: History) -> None:
        """See ``Watcher``."""

    def epoch(self, history: History) -> None:
        """See ``Watcher``."""
        if self._run is None:
            self._run = importlib.import_module("wandb").init(
                project=self.PROJECT,
                name=self._folder.name,
                dir=str(self._folder),
                config=dict(self._settings),
            )
            # A run that goes on is a new one there: it tells the whole story again.
            for step, record in enumerate(history[:-1], start=1):
                self._run.log(scalars(record), step=step)
        self._run.log(scalars(history[-1]), step=len(history))

    def finish(self, metrics: Mapping[str, Any]) -> None:
        """See ``Watcher``."""
        if self._run is not None:
            self._run.summary.update(results(metrics))
            self._run.finish()
            self._run = None
