"""An image tower of a method's own: a copy of the frozen one that training may change."""

from copy import deepcopy
from typing import Self

import torch.nn.functional as F
from torch import Tensor, nn

from core.model.backbone import FrozenClip


class TunedTower(nn.Module):
    """Starts as the backbone's image tower; the backbone itself stays as it is.

    Running statistics of normalisation layers stay fixed: a batch holds a few clips of many like
    frames, too few different faces to estimate them from.

    Args:
        backbone: The frozen CLIP.
        unit: Whether features get unit length, as the frozen tower's have.
    """

    def __init__(self, backbone: FrozenClip, *, unit: bool = True) -> None:
        super().__init__()
        self.unit = unit
        self.visual = deepcopy(backbone.clip.visual)

    def train(self, mode: bool = True) -> Self:  # noqa: ARG002
        """Stay in evaluation mode; weights move all the same."""
        return super().train(False)

    def forward(self, pixels: Tensor) -> Tensor:
        """Features ``(N, D)`` float32 from ``(N, 3, h, w)``."""
        features: Tensor = self.visual(pixels).float()
        return F.normalize(features, dim=-1) if self.unit else features
