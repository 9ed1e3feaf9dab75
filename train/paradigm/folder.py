"""A run folder says what its run is, and refuses to be mixed with another one."""

import json
from pathlib import Path
from typing import Any

from core.errors import TrainingError
from core.settings import dump_settings
from train.data.dataset import Dataset, Fold
from train.paradigm.config import FitConfig
from train.runtime.run_folder import describe_environment, write_json


def describe_run(
    config: FitConfig, dataset: Dataset, fold: Fold, about: dict[str, Any]
) -> dict[str, Any]:
    """What makes a run what it is, JSON-like.

    Args:
        config: How it trains.
        dataset: On what.
        fold: On which division of it.
        about: What else a resumed run has to repeat.
    """
    return {
        "fit": dump_settings(config),
        "data": {
            "name": dataset.name,
            "fingerprint": dataset.fingerprint,
            "fold": fold.name,
            "train": len(fold.train),
            "validation": len(fold.validation),
            "test": len(fold.test),
        },
        **about,
    }


def begin_folder(folder: Path, described: dict[str, Any], device: str, *, resume: bool) -> None:
    """Write what the run is.

    Args:
        folder: Of the run.
        described: From ``describe_run``.
        device: Where it computes.
        resume: Continue what is there.

    Raises:
        TrainingError: Another run is there, or one that was not to be continued.
    """
    path = folder / "config.json"
    if (folder / "state.pt").exists():
        if not resume:
            raise TrainingError(
                f"{folder} already holds a run; pass --resume to continue it, or another --out"
            )
        if json.loads(path.read_text()) != json.loads(json.dumps(described)):
            raise TrainingError(
                f"{folder} was started with other settings or data (see its config.json); repeat "
                "them, or use another --out"
            )
    write_json(path, described)
    write_json(folder / "environment.json", describe_environment(device))
