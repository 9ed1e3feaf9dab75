"""The steps of a method's training at work: what moves, and how fast."""

import math
from typing import Any, cast

import torch
from torch import nn

from core.model.method import Method, Phase, TextWork
from core.model.temporal import TemporalTransformer
from train.paradigm.config import FitConfig, StageConfig


class Stage:
    """One step of the training, applied to a model.

    Args:
        model: The model; between stages it is in the state that the last one reached.
        settings: Of this stage.
        config: Of the whole run.
        follows: Whether another stage came before.
    """

    def __init__(
        self, model: Method, settings: StageConfig, config: FitConfig, *, follows: bool
    ) -> None:
        self.model, self.settings, self.config, self.follows = model, settings, config, follows
        self.phase: Phase = next(one for one in model.PHASES if one.name == settings.phase)
        self.rates: dict[str, float] = {
            name: rate for name, rate in settings.rates.items() if has_part(model, name)
        }
        if config.learn_temperature:
            self.rates.setdefault("comparison", config.temperature_rate)

    @property
    def grown(self) -> TemporalTransformer | None:
        """The part whose layers this stage adds one by one, if there is one."""
        if self.phase.grows is None:
            return None
        return cast(TemporalTransformer, self.model.get_submodule(self.phase.grows))

    @property
    def layers(self) -> int:
        """Layers of the growing part once it is whole; 0 without one."""
        return 0 if self.grown is None else len(self.grown.blocks)

    def prepare(self) -> None:
        """Set up what the stage starts from; only when it starts, not when it is resumed."""
        if self.follows:
            self.model.begin_phase(self.phase, restart_text=self.config.restart_tokens)

    def begin_epoch(self, epoch: int) -> None:
        """Set phase, layers and what is trained, as of this epoch (from 0)."""
        self.model.phase = self.settings.phase
        self.model.requires_grad_(False)
        for name in self.rates:
            self.model.get_submodule(name).requires_grad_(True)
        if self.grown is None:
            return
        depth = self.layers_at(epoch)
        self.grown.depth = depth
        if self.settings.growth == "newest" and depth > self.first_layers:
            self.grown.requires_grad_(False)
            self.grown.blocks[depth - 1].requires_grad_(True)

    @property
    def first_layers(self) -> int:
        """Layers at the start of the stage."""
        if self.settings.growth == "at-once":
            return self.layers
        return self.model.first_layers(self.phase)

    def layers_at(self, epoch: int) -> int:
        """Layers that run in an epoch: the rest is added at equal intervals (A11)."""
        if epoch + 1 >= self.settings.epochs or self.grown is None:
            return self.layers
        added = self.layers - self.first_layers
        return self.first_layers + epoch * (added + 1) // self.settings.epochs

    def handover_at(self, progress_epochs: float) -> float:
        """Share of the phase's own function after so many epochs, where it takes over."""
        if not (self.phase.blends and self.follows and self.config.handover_epochs):
            return 1.0
        return min(progress_epochs / self.config.handover_epochs, 1.0)

    def is_whole(self, epoch: int) -> bool:
        """Whether the model after this epoch is the finished kind: all layers, no blend."""
        return self.layers_at(epoch) == self.layers and self.handover_at(epoch + 1) >= 1.0

    def text(self) -> TextWork:
        """How much of the text path a training step must run."""
        return self.model.text_work(self.rates.keys())

    def optimizer(self) -> torch.optim.Optimizer:
        """A fresh optimiser over the stage's modules, grown or yet to grow."""
        groups: list[dict[str, Any]] = []
        for name, rate in self.rates.items():
            decayed: list[nn.Parameter] = []
            plain: list[nn.Parameter] = []
            for key, parameter in self.model.get_submodule(name).named_parameters():
                (decayed if self._decays(name, key, parameter) else plain).append(parameter)
            for parameters, decay in ((decayed, self.config.weight_decay), (plain, 0.0)):
                if parameters:
                    groups.append(
                        {"params": parameters, "weight_decay": decay, "peak": rate, "module": name}
                    )
        if self.config.optimizer == "adamw":
            return torch.optim.AdamW(groups, lr=0.0)
        return torch.optim.SGD(groups, lr=0.0, momentum=self.config.momentum)

    def set_rates(self, optimizer: torch.optim.Optimizer, progress: float) -> None:
        """Set the learning rates for a share ``progress`` (0-1) of the stage."""
        factor = rate_factor(self.config.schedule, progress)
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * factor

    def _decays(self, part: str, name: str, parameter: nn.Parameter) -> bool:
        return (
            part not in self.model.UNDECAYED
            and parameter.ndim > 1
            and not name.startswith("positions")
        )


def has_part(model: Method, name: str) -> bool:
    """Whether a model has a part, which its method's settings may leave out."""
    return isinstance(getattr(model, name, None), nn.Module)


def rate_factor(schedule: str, progress: float) -> float:
    """Share of the peak learning rate at a point of the stage (0-1)."""
    if schedule == "cosine":
        return 0.5 * (1 + math.cos(math.pi * progress))
    return 0.1 ** ((progress >= 0.6) + (progress >= 0.8))
