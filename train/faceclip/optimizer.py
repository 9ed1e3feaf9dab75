"""What is optimised at which rate while FaceCLIP learns."""

import math
from typing import Any

from open_clip.model import CLIP
from torch import Tensor, nn
from torch.optim import AdamW

from train.faceclip.config import PretrainConfig


def make_optimizer(model: CLIP, classifier: nn.Module, config: PretrainConfig) -> AdamW:
    """AdamW over the towers and the helper classifier."""
    return AdamW([*_decay_groups(model, config), {"params": classifier.parameters()}], fused=True)


def set_rate(optimizer: AdamW, config: PretrainConfig, step: int, steps: int) -> None:
    """Warm up in a straight line, then fall along a cosine.

    Args:
        optimizer: Whose rates are set.
        config: Its peak rate and the length of the warm-up.
        step: Number of the step, from 0.
        steps: How many the run has.
    """
    warm = min(1.0, (step + 1) / config.warmup_steps)
    rate = config.learning_rate * warm * 0.5 * (1 + math.cos(math.pi * step / steps))
    for group in optimizer.param_groups:
        group["lr"] = rate


def hold_blocks(model: CLIP, blocks: int) -> None:
    """Keep the stem and the first blocks as they are, statistics too; let the rest learn.

    Args:
        model: In training mode; with a ``face_mobilenet``, if any block is to be kept.
        blocks: How many, from the input on.
    """
    model.visual.requires_grad_(True)
    if not blocks:
        return
    trunk = model.visual.trunk
    everything = [block for stage in trunk.blocks for block in stage]
    for part in (trunk.conv_stem, trunk.bn1, *everything[:blocks]):
        part.requires_grad_(False).eval()


def _decay_groups(model: CLIP, config: PretrainConfig) -> list[dict[str, Any]]:
    """Weight decay for matrices and kernels only: not for scales, biases and embeddings."""
    decayed: list[Tensor] = []
    plain: list[Tensor] = []
    for name, parameter in model.named_parameters():
        is_embedding = "embedding" in name or name == "logit_scale"
        (plain if parameter.ndim < 2 or is_embedding else decayed).append(parameter)
    return [
        {"params": decayed, "weight_decay": config.weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
