"""The state of a run on disk: enough to go on as if nothing had happened."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.errors import TrainingError
from core.model.method import Method
from train.runtime.disk import replacing
from train.runtime.states import before, newest_first

Weights = dict[str, Tensor]


@dataclass
class RunState:
    """Where a run stands.

    Attributes:
        stage: Index of the stage that runs or is next.
        epoch: Epochs of it that are done.
        history: Records of all epochs that are done.
        best_score: Of the stage's best epoch so far; None before one, or where none is chosen.
        best: Its weights; empty before one.
    """

    stage: int = 0
    epoch: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)
    best_score: float | None = None
    best: Weights = field(default_factory=dict)


def own_weights(model: Method) -> Weights:
    """A copy of everything beside the backbone, on the CPU."""
    return {
        name: tensor.detach().cpu().clone()
        for name, tensor in model.state_dict().items()
        if not name.startswith("backbone.")
    }


def load_own_weights(model: Method, weights: Weights) -> None:
    """The inverse of ``own_weights``."""
    missing, unexpected = model.load_state_dict(weights, strict=False)
    wrong = [name for name in missing if not name.startswith("backbone.")] + list(unexpected)
    if wrong:
        raise TrainingError(f"the saved state does not fit the model ({', '.join(wrong[:3])} …)")


def save_state(
    path: Path, state: RunState, model: Method, optimizer: torch.optim.Optimizer | None
) -> None:
    """Write the state, whole or not at all, and keep the one before it.

    ``optimizer`` is None between stages.
    """
    with replacing(path, keep=before(path)) as partial:
        torch.save(
            {
                "stage": state.stage,
                "epoch": state.epoch,
                "history": json.dumps(state.history),
                "best_score": state.best_score,
                "best": state.best,
                "model": own_weights(model),
                "optimizer": optimizer.state_dict() if optimizer else None,
            },
            partial,
        )


def load_state(path: Path, model: Method) -> tuple[RunState, dict[str, Any] | None]:
    """Read a state into a model; returns also the optimiser's part, if a stage is under way.

    The state before it takes the place of one that is damaged: a few epochs are run again.

    Raises:
        TrainingError: Both are damaged, or of another model.
    """
    state, weights, optimizer = newest_first(path, _read)
    load_own_weights(model, weights)
    return state, optimizer


def _read(path: Path) -> tuple[RunState, Weights, dict[str, Any] | None]:
    data: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    state = RunState(
        stage=data["stage"],
        epoch=data["epoch"],
        history=json.loads(data["history"]),
        best_score=data["best_score"],
        best=data["best"],
    )
    return state, data["model"], data["optimizer"]
