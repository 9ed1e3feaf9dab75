"""Who looks on at the runs of a command that trains many."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.settings import dump_settings
from train.ablation.first_step import short_hash
from train.ablation.run import Watching
from train.paradigm.config import FitConfig
from train.watching.progress import Progress
from train.watching.registry import open_logs
from train.watching.watcher import Watcher


class Onlookers:
    """One line of progress for all runs, and the logs that each of them writes.

    Args:
        logs: From ``chosen_logs``.
    """

    def __init__(self, logs: Sequence[str]) -> None:
        self._logs = logs
        self.line = Progress()

    def plan(self, place: str, config: FitConfig) -> None:
        """A run that will come; ``place`` tells it from others with the same settings."""
        stages = [(stage.phase, stage.epochs) for stage in config.stages]
        self.line.plan(_name(place, config), stages)

    def at(self, place: str, about: Mapping[str, Any]) -> Watching:
        """Who looks on at the runs in one place.

        Args:
            place: As for ``plan``.
            about: What logs say beside the settings.
        """

        def watching(config: FitConfig, folder: Path) -> list[Watcher]:
            self.plan(place, config)
            settings = {"fit": dump_settings(config), **about}
            title = f"{config.method} {place} seed {config.seed}".replace("  ", " ")
            progress = self.line.of_run(_name(place, config), title)
            return [*open_logs(self._logs, folder, settings), progress]

        return watching


def _name(place: str, config: FitConfig) -> str:
    return f"{place}:{short_hash(dump_settings(config))}"
