"""Variants that share a first step train it once: in A3lign it is nearly half of the time."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.settings import dump_settings
from train.paradigm.config import FitConfig
from train.paradigm.folder import begin_folder
from train.paradigm.run import Fitting
from train.runtime.disk import sole_user
from train.runtime.run_folder import write_json

# Settings that no first step reads.
LATER = ("comment", "handover_epochs", "restart_tokens")
LATER_IN_SYNCHRONIZER = ("copied_layers", "rest", "text_head")
DONE = "done.json"


def first_step_of(config: FitConfig) -> dict[str, Any] | None:
    """Everything that decides the weights after the first step; None where there is no second.

    Settings that change the shape of a later part count as well: fresh weights of all parts are
    drawn together.
    """
    if len(config.stages) < 2:
        return None
    plain = dump_settings(config)
    for name in LATER:
        del plain[name]
    for name in LATER_IN_SYNCHRONIZER:
        del plain["synchronizer"][name]
    plain["stages"] = plain["stages"][:1]
    return plain


def short_hash(description: Any) -> str:
    """Twelve digits that name a JSON-like description."""
    text = json.dumps(description, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def start_from_shared(
    fitting: Fitting, again: Callable[[Path], Fitting], shared: Path, about: dict[str, Any]
) -> None:
    """Let a run that has not begun continue from its first step, which is trained if need be.

    Args:
        fitting: The run.
        again: Makes the same run in another folder.
        shared: Folder of all first steps; each has one of its own in it.
        about: What else the weights depend on, as for ``begin_folder``.

    Raises:
        BusyError: Another process is training this first step.
        TrainingError: It diverged.
    """
    step = first_step_of(fitting.config)
    if step is None:
        return
    described = {"first_step": step, **about}
    folder = shared / short_hash(described)
    with sole_user(folder):
        if not (folder / DONE).exists():
            begin_folder(folder, described, str(fitting.material.gatherer.device), resume=True)
            own = again(folder)
            own.resume()
            own.run_stages(1)
            write_json(folder / DONE, {"stages": 1})
        fitting.begin_after(folder)
