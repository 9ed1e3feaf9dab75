"""Which vectors does the model compare, before and after its temporal layers?"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.explain.attention import attention_maps
from core.model.method import Method
from core.prediction import Array

BATCH = 256


@dataclass(frozen=True)
class TextVectors:
    """The text side of a model; constant while its weights are.

    Attributes:
        before: ``(K, S, D)`` sentence features as they leave CLIP's text tower, unit length.
        after: ``(K, S, D)`` the same after the temporal layers.
        attention: ``(K, layers, H, S, S)`` how the sentences of a class read each other.
        class_before: ``(K, D)`` mean of a class's sentences.
        class_after: ``(K, D)`` what a video is compared with, or before any video touched it; with
            mean pooling it is the mean of ``after``.
    """

    before: Array
    after: Array
    attention: Array
    class_before: Array
    class_after: Array


@dataclass(frozen=True)
class VideoVectors:
    """One or more clips of ``T`` frames.

    Attributes:
        steps: ``(B, T, D)`` frames after the temporal layers.
        pooled: ``(B, D)`` what is compared with the classes.
    """

    steps: Array
    pooled: Array


@torch.no_grad()
def text_vectors(model: Method, sentences: Tensor) -> TextVectors:
    """Send the sentences through the model.

    Args:
        model: Any phase.
        sentences: ``(K, S, D)`` from ``model.sentence_features()`` or a checkpoint.
    """
    sentences = sentences.to(_device(model))
    return TextVectors(
        before=_numpy(sentences),
        after=_numpy(model.steps(sentences, "text")),
        attention=attention_maps(model, _numpy(sentences), "text"),
        class_before=_numpy(sentences.mean(1)),
        # Per-step pooling compares P pairs; their mean is the one vector that stands for them.
        class_after=_numpy(model.align_text(sentences).mean(1)),
    )


@torch.no_grad()
def video_vectors(model: Method, clips: Array) -> VideoVectors:
    """Send clips through the model, ``BATCH`` at a time.

    Args:
        model: Any phase.
        clips: ``(B, T, D)`` features, unit length.
    """
    steps, pooled = [], []
    for start in range(0, len(clips), BATCH):
        part = torch.from_numpy(clips[start : start + BATCH]).to(_device(model))
        steps.append(_numpy(model.steps(part, "video")))
        pooled.append(_numpy(model.video_vectors(part).mean(1)))
    return VideoVectors(np.concatenate(steps), np.concatenate(pooled))


def cosines(one: Array, other: Array) -> Array:
    """Cosine of every vector with every other: ``(…, D)`` and ``(…, D)`` to ``(…, …)``."""
    product = np.tensordot(unit(one), unit(other), axes=(-1, -1))
    return np.asarray(product, np.float32)


def unit(vectors: Array) -> Array:
    """Scale ``(…, D)`` to length 1; zeros stay zeros."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12), np.float32)


def _device(model: Method) -> torch.device:
    return model.comparison.log_scale.device


def _numpy(tensor: Tensor) -> Array:
    return np.asarray(tensor.float().cpu().numpy(), np.float32)
