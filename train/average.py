"""Means of weights: steadier than any one state of a model."""

from copy import deepcopy

import torch
from torch import nn


class AveragedModel:
    """Exponential moving average of a model's weights and running statistics.

    Args:
        model: The model to follow.
        decay: Share of the old average kept at each step, once warmed up.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model = deepcopy(model).requires_grad_(False).eval()
        self.decay = decay
        self.steps = 0

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Move the average towards the model's present state."""
        self.steps += 1
        # Early on a long memory would mostly remember the random start.
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        current = model.state_dict()
        for name, average in self.model.state_dict().items():
            if average.is_floating_point():
                average.lerp_(current[name], 1 - decay)
            else:
                average.copy_(current[name])


@torch.no_grad()
def blend_weights(model: nn.Module, other: nn.Module, share: float) -> None:
    """Mix a share of another state of the same model into its weights and running statistics."""
    theirs = other.state_dict()
    for name, own in model.state_dict().items():
        if own.is_floating_point():
            own.lerp_(theirs[name], share)
