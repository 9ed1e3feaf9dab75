"""The steps of a method's training at work: what moves, and how fast."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

import torch
from torch import nn

from core.model.method import Method, Phase, TextWork
from core.model.temporal import TemporalBlock, TemporalTransformer
from train.paradigm.clock import Clock
from train.paradigm.config import FitConfig, StageConfig


class Stage:
    """One step of the training, applied to a model.

    Args:
        model: The model; between stages it is in the state that the last one reached.
        settings: Of this stage.
        config: Of the whole run.
        before: Phases of the stages before, in order.
    """

    def __init__(
        self,
        model: Method,
        settings: StageConfig,
        config: FitConfig,
        *,
        before: Sequence[str] = (),
    ) -> None:
        self.model, self.settings, self.config = model, settings, config
        self.phase: Phase = next(one for one in model.PHASES if one.name == settings.phase)
        self.reached = furthest(model, before)
        self.rates: dict[str, float] = {
            name: rate for name, rate in settings.rates.items() if has_part(model, name)
        }
        if config.learn_temperature:
            self.rates.setdefault("comparison", config.temperature_rate)
        depths = [self.layers_at(epoch) for epoch in range(settings.epochs)]
        self.clock = Clock(
            config.schedule,
            config.layer_schedule,
            settings.epochs,
            tuple(sum(depth <= layer for depth in depths) for layer in range(self.layers)),
        )

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
        if self.reached is not None:
            self.model.phase = self.reached
            self.model.begin_phase(self.phase, restart_text=self.config.restart_tokens)

    def set_phase(self) -> None:
        """Let the model work as in this stage; a step that comes late keeps what is reached."""
        steps = [step for step in (self.reached, self.settings.phase) if step is not None]
        self.model.phase = furthest(self.model, steps) or self.settings.phase
        self.model.before_phase = self.reached or self.model.phase

    def begin_epoch(self, epoch: int) -> None:
        """Set phase, layers and what is trained, as of this epoch (from 0)."""
        self.set_phase()
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

    def end(self) -> None:
        """Leave the model whole and alone, also where no epoch of the stage was left to run."""
        self.set_phase()
        self.model.handover = 1.0
        if self.grown is not None:
            self.grown.depth = None

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
        if not (self.phase.blends and self.reached and self.config.handover_epochs):
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
            kinds: dict[tuple[int | None, bool], list[nn.Parameter]] = {}
            for key, parameter in self.model.get_submodule(name).named_parameters():
                kind = self._layer(name, key), self._decays(name, key, parameter)
                kinds.setdefault(kind, []).append(parameter)
            for (layer, decays), parameters in kinds.items():
                about = {"peak": rate, "module": name, "layer": layer}
                decay = self.config.weight_decay if decays else 0.0
                groups.append({"params": parameters, "weight_decay": decay, **about})
        # One launch per group instead of four or more; rounding is otherwise that of the loop.
        fused = True if any(p.is_cuda for group in groups for p in group["params"]) else None
        if self.config.optimizer == "adamw":
            return torch.optim.AdamW(groups, lr=0.0, fused=fused)
        return torch.optim.SGD(groups, lr=0.0, momentum=self.config.momentum, fused=fused)

    def set_rates(self, optimizer: torch.optim.Optimizer, done: float) -> None:
        """Set the learning rates after so many epochs of the stage."""
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * self.clock.factor(done, group["layer"])

    def rates_of(self, optimizer: torch.optim.Optimizer) -> dict[str, float]:
        """The learning rate of each part, of its fastest layer where they differ."""
        return {
            name: max(g["lr"] for g in optimizer.param_groups if g["module"] == name)
            for name in self.rates
        }

    def layer_factors(self, done: float) -> list[float]:
        """Share of its peak rate at which each layer of the growing part is being trained."""
        return [
            self.clock.factor(done, layer) if self._is_trained(layer, block) else 0.0
            for layer, block in enumerate(self._blocks())
        ]

    def layer_norms(self) -> list[float]:
        """Norm of each such layer's attention output, which starts at zero in an identity."""
        return [float(block.attention_out.weight.detach().norm()) for block in self._blocks()]

    def _blocks(self) -> Iterable[TemporalBlock]:
        return () if self.grown is None else cast(Iterable[TemporalBlock], self.grown.blocks)

    def _is_trained(self, layer: int, block: TemporalBlock) -> bool:
        runs = self.grown is not None and (self.grown.depth is None or layer < self.grown.depth)
        return runs and block.attention_out.weight.requires_grad

    def _layer(self, part: str, name: str) -> int | None:
        """Which layer of the growing part a parameter belongs to."""
        if part != self.phase.grows or not name.startswith("blocks."):
            return None
        return int(name.split(".")[1])

    def _decays(self, part: str, name: str, parameter: nn.Parameter) -> bool:
        return self.config.decayed == "everything" or (
            part not in self.model.UNDECAYED
            and parameter.ndim > 1
            and not name.startswith("positions")
        )


def furthest(model: Method, phases: Sequence[str]) -> str | None:
    """Of some phases the one that comes last in the method's own order; None of none."""
    own = [phase.name for phase in model.PHASES]
    return max(phases, key=own.index, default=None)


def has_part(model: Method, name: str) -> bool:
    """Whether a model has a part, which its method's settings may leave out."""
    return isinstance(getattr(model, name, None), nn.Module)
