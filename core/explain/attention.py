"""Where do the temporal layers look?"""

import numpy as np
import torch

from core.model.a3lign import A3lign
from core.model.positions import Flow
from core.model.temporal import TemporalTransformer
from core.prediction import Array


def temporal_layers(model: A3lign, flow: Flow) -> TemporalTransformer | None:
    """The layers that a flow passes in the model's phase; None where it passes none.

    Step 1 of the training averages the frames of a video and has no layers for them.
    """
    if flow == "text" and (model.phase != "joint" or model.text_head == "own"):
        return model.text_encoder
    if model.phase == "joint":
        return model.synchronizer
    return model.video_encoder if model.phase == "video" else None


@torch.no_grad()
def attention_maps(model: A3lign, sequences: Array, flow: Flow) -> Array:
    """Attention weights of every layer and head.

    Args:
        model: Any phase.
        sequences: ``(B, T, D)`` frame features of clips, or the sentence features of classes.
        flow: Which of the two they are.

    Returns:
        ``(B, layers, H, T, T)``: how much step ``row`` reads from step ``column``, 0-1. Rows sum to
        one, or to less where a class token takes a share. No layers: ``(B, 0, 0, T, T)``.
    """
    count, steps, _ = sequences.shape
    layers = temporal_layers(model, flow)
    if layers is None:
        return np.zeros((count, 0, 0, steps, steps), np.float32)
    inputs = torch.from_numpy(sequences).to(model.comparison.log_scale.device)
    maps = torch.stack(layers.attention(inputs, flow), 1)[..., -steps:, -steps:]
    return np.asarray(maps.float().cpu().numpy(), np.float32)


def attention_received(maps: Array) -> Array:
    """How much all steps together read from each: ``(…, T, T)`` to ``(…, T)``; the mean is 1/T."""
    return np.asarray(maps.mean(-2), np.float32)
