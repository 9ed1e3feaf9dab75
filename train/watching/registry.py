"""From names to watchers."""

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from core.errors import ConfigError
from train.watching.boards import TensorBoard, WeightsAndBiases
from train.watching.sheet import Sheet
from train.watching.watcher import Watcher

KINDS = ("tensorboard", "csv", "wandb")
PACKAGES = {"tensorboard": "tensorboard", "wandb": "wandb"}


def chosen_logs(names: Sequence[str] | None) -> list[str]:
    """What is asked for, or TensorBoard's events where it is installed.

    Raises:
        ConfigError: The package behind a name is not installed.
    """
    if names is None:
        return ["tensorboard"] if find_spec("tensorboard") else []
    for name in names:
        package = PACKAGES.get(name)
        if package and find_spec(package) is None:
            others = [other for other in KINDS if other != name]
            raise ConfigError(
                f"--log {name} needs the package {package}, which is not installed: pip install "
                f"{package}, or choose {' or '.join(others)}"
            )
    return [name for name in dict.fromkeys(names) if name != "none"]


def open_logs(names: Sequence[str], folder: Path, settings: Mapping[str, Any]) -> list[Watcher]:
    """Watchers that write the curves of one run.

    Args:
        names: From ``chosen_logs``.
        folder: Of the run.
        settings: Of the run, JSON-like.
    """
    makers: dict[str, Callable[[], Watcher]] = {
        "tensorboard": lambda: TensorBoard(folder),
        "csv": lambda: Sheet(folder),
        "wandb": lambda: WeightsAndBiases(folder, settings),
    }
    return [makers[name]() for name in names]
