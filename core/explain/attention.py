"""Where do the temporal layers look?"""

import numpy as np
import torch

from core.model.method import Method
from core.model.positions import Flow
from core.prediction import Array


@torch.no_grad()
def attention_maps(model: Method, sequences: Array, flow: Flow) -> Array:
    """Attention weights of every layer and head.

    Args:
        model: Any phase of any method.
        sequences: ``(B, T, D)`` frame features of clips, or the sentence features of classes.
        flow: Which of the two they are.

    Returns:
        ``(B, layers, H, T, T)``: how much step ``row`` reads from step ``column``, 0-1. Rows sum to
        one, or to less where a class token takes a share. No layers: ``(B, 0, 0, T, T)``.
    """
    count, steps, _ = sequences.shape
    layers = model.temporal(flow)
    if layers is None:
        return np.zeros((count, 0, 0, steps, steps), np.float32)
    inputs = torch.from_numpy(sequences).to(model.comparison.log_scale.device)
    maps = torch.stack(layers.attention(inputs, flow), 1)[..., -steps:, -steps:]
    return np.asarray(maps.float().cpu().numpy(), np.float32)


def attention_received(maps: Array) -> Array:
    """How much all steps together read from each: ``(…, T, T)`` to ``(…, T)``; the mean is 1/T."""
    return np.asarray(maps.mean(-2), np.float32)
