"""The steps of the training paradigm (BAP) at work: what moves, and how fast."""

import math
from typing import Any, Literal, cast

import torch
from torch import nn

from core.config import SynchronizerConfig
from core.model.a3lign import A3lign
from core.model.temporal import TemporalTransformer
from train.config import FitConfig, StageConfig

# The transformer that a phase is about; its layers are what ``growth`` adds.
GROWN: dict[str, str] = {
    "text": "text_encoder",
    "video": "video_encoder",
    "joint": "synchronizer",
}


class Stage:
    """One step of the training, applied to a model.

    Args:
        model: The model; between stages it is in the state that the last one reached.
        settings: Of this stage.
        config: Of the whole run.
        follows: Whether another stage came before.
    """

    def __init__(
        self, model: A3lign, settings: StageConfig, config: FitConfig, *, follows: bool
    ) -> None:
        self.model, self.settings, self.config, self.follows = model, settings, config, follows
        self.rates: dict[str, float] = {str(name): rate for name, rate in settings.rates.items()}
        if config.learn_temperature:
            self.rates.setdefault("comparison", config.temperature_rate)

    @property
    def grown(self) -> TemporalTransformer:
        """The transformer that this stage is about."""
        return cast(TemporalTransformer, getattr(self.model, GROWN[self.settings.phase]))

    def prepare(self) -> None:
        """Set up what the stage starts from; only when it starts, not when it is resumed."""
        if self.settings.phase == "joint" and self.follows:
            synchronizer = self.config.synchronizer
            self.model.synchronize_modules(
                copied=synchronizer.copied_layers, rest=synchronizer.rest
            )
            if self.config.restart_tokens:
                nn.init.normal_(self.model.tokens.embeddings, std=self.config.tokens.deviation)

    def begin_epoch(self, epoch: int) -> None:
        """Set phase, layers and what is trained, as of this epoch (from 0)."""
        self.model.phase = self.settings.phase
        self.grown.depth = self.layers_at(epoch)
        self.model.requires_grad_(False)
        for name in self.rates:
            getattr(self.model, name).requires_grad_(True)
        if self.settings.growth == "newest" and self.grown.depth > self.first_layers:
            self.grown.requires_grad_(False)
            self.grown.blocks[self.grown.depth - 1].requires_grad_(True)

    @property
    def first_layers(self) -> int:
        """Layers at the start of the stage."""
        layers = len(self.grown.blocks)
        if self.settings.growth == "at-once":
            return layers
        return _first_joint(self.config.synchronizer) if self.settings.phase == "joint" else 1

    def layers_at(self, epoch: int) -> int:
        """Layers that run in an epoch: the rest is added at equal intervals (A11)."""
        layers = len(self.grown.blocks)
        if epoch + 1 >= self.settings.epochs:
            return layers
        added = layers - self.first_layers
        return self.first_layers + epoch * (added + 1) // self.settings.epochs

    def handover_at(self, progress_epochs: float) -> float:
        """Share of the synchronizer in step 3, after so many epochs."""
        if self.settings.phase != "joint" or not self.follows:
            return 1.0
        if not self.config.handover_epochs:
            return 1.0
        return min(progress_epochs / self.config.handover_epochs, 1.0)

    def is_whole(self, epoch: int) -> bool:
        """Whether the model after this epoch is the finished kind: all layers, no blend."""
        all_layers = self.layers_at(epoch) == len(self.grown.blocks)
        return all_layers and self.handover_at(epoch + 1) >= 1.0

    def text(self) -> Literal["trained", "aligned", "constant"]:
        """How much of the text path a training step must run.

        ``trained``: all of it, ``aligned``: only the transformer over constant sentence features,
        ``constant``: nothing.
        """
        if "tokens" in self.rates:
            return "trained"
        aligning = {"text_encoder"}
        if self.config.synchronizer.text_head == "joint":
            aligning.add("synchronizer")
        return "aligned" if self.rates.keys() & aligning else "constant"

    def optimizer(self) -> torch.optim.Optimizer:
        """A fresh optimiser over the stage's modules, grown or yet to grow."""
        groups: list[dict[str, Any]] = []
        for name, rate in self.rates.items():
            module: nn.Module = getattr(self.model, name)
            decayed: list[nn.Parameter] = []
            plain: list[nn.Parameter] = []
            for key, parameter in module.named_parameters():
                (decayed if _decays(name, key, parameter) else plain).append(parameter)
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


def rate_factor(schedule: str, progress: float) -> float:
    """Share of the peak learning rate at a point of the stage (0-1)."""
    if schedule == "cosine":
        return 0.5 * (1 + math.cos(math.pi * progress))
    return 0.1 ** ((progress >= 0.6) + (progress >= 0.8))


def _first_joint(settings: SynchronizerConfig) -> int:
    """The synchronizer starts with its copied layers; copied ones of any origin all at once."""
    return max(settings.copied_layers, 1) if settings.rest == "new" else settings.layers


def _decays(module: str, name: str, parameter: nn.Parameter) -> bool:
    return (
        module not in {"tokens", "comparison"}
        and parameter.ndim > 1
        and not name.startswith("positions")
    )
