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

    def update(self, model: nn.Module) -> None:
        """Move the average towards the model's present state."""
        self.steps += 1
        # Early on a long memory would mostly remember the random start.
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        blend_weights(self.model, model, 1 - decay)


@torch.no_grad()
def blend_weights(model: nn.Module, other: nn.Module, share: float) -> None:
    """Mix a share of another state of the same model into its weights and running statistics.

    Counters, which have no mean, are taken over.
    """
    theirs = other.state_dict()
    for name, own in model.state_dict().items():
        if own.is_floating_point():
            own.lerp_(theirs[name], share)
        else:
            own.copy_(theirs[name])
