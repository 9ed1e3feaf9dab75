"""A run folder says what its run is, and refuses to be mixed with another one."""

import json
from pathlib import Path
from typing import Any

from core.errors import TrainingError
from core.settings import dump_settings
from train.data.dataset import Dataset, Fold
from train.paradigm.config import FitConfig
from train.runtime.run_folder import describe_environment, write_json
from train.runtime.states import has_state


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
        "data": describe_data(dataset, fold),
        **about,
    }


def describe_data(dataset: Dataset, fold: Fold) -> dict[str, Any]:
    """What identifies a division of a dataset, JSON-like."""
    return {
        "name": dataset.name,
        "fingerprint": dataset.fingerprint,
        "fold": fold.name,
        "train": len(fold.train),
        "validation": len(fold.validation),
        "test": len(fold.test),
    }


def differences(old: Any, new: Any, name: str = "") -> list[str]:
    """What is not the same in two JSON-like descriptions, one ``name: old → new`` each."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            text
            for key in sorted(old.keys() | new.keys())
            for text in differences(old.get(key), new.get(key), f"{name}.{key}".lstrip("."))
        ]
    if old == new:
        return []
    return [f"{name}: {_short(old)} → {_short(new)}"]


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:37]}…"


def _few(found: list[str]) -> str:
    return ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")


def _holds_a_run(folder: Path) -> bool:
    # An ablation's rows outlive the state of the run that they were measured on.
    return has_state(folder / "state.pt") or any(folder.glob("rows-*.json"))


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"{path} does not say what the run beside it was ({error}); use another --out"
        ) from error


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
    if _holds_a_run(folder):
        if not resume:
            raise TrainingError(
                f"{folder} already holds a run; pass --resume to continue it, or another --out"
            )
        found = differences(_read(path), json.loads(json.dumps(described)))
        if found:
            raise TrainingError(
                f"{folder} was started with other settings or data ({_few(found)}); repeat them, "
                "or use another --out"
            )
    write_json(path, described)
    write_json(folder / "environment.json", describe_environment(device))
