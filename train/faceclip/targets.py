"""What an image is said to be while FaceCLIP learns: labels, opinions, and mixtures of two."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.labels import SEVEN
from train.faceclip.config import PretrainConfig


def soft_targets(labels: Tensor, opinions: Tensor | None, config: PretrainConfig) -> Tensor:
    """Class distributions: labels, what teachers say instead, and smoothing.

    Args:
        labels: ``(B,)`` int64.
        opinions: ``(B, K)`` float32 probabilities of the teachers; None without any.
        config: Shares of both.

    Returns:
        ``(B, K)`` float32.
    """
    targets = F.one_hot(labels, len(SEVEN)).float()
    if opinions is not None:
        targets = torch.lerp(targets, opinions, config.distillation)
    return targets * (1 - config.label_smoothing) + config.label_smoothing / len(SEVEN)


def mix_up(tensors: Sequence[Tensor], strength: float, generator: torch.Generator) -> list[Tensor]:
    """Mix what belongs to each image with that of another (mixup, arXiv 1710.09412).

    Args:
        tensors: ``(B, …)`` each.
        strength: Of the Beta distribution that the share is drawn from.
        generator: Source of all randomness.
    """
    # torch's Beta takes no generator; a share drawn by numpy from the torch one stays exact.
    device = generator.device
    seed = int(torch.randint(2**31, (), generator=generator, device=device))
    share = float(np.random.default_rng(seed).beta(strength, strength))
    order = torch.randperm(len(tensors[0]), generator=generator, device=device)
    return [torch.lerp(tensor[order], tensor, share) for tensor in tensors]
