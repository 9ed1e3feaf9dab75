"""The model behind one lock: crops and features in, features and probabilities out, in numpy."""

import threading
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.checkpoint import Checkpoint
from core.device import fast_arithmetic, has_bf16_units, image_arithmetic
from core.errors import CheckpointError
from core.model.lean_tower import lean_tower
from core.prediction import Array
from core.preprocess import preprocess_crops
from core.sampling import segment_centers, verdict_rows

# Faces encoded at once, some of them in the mirror, too: with more, what lies between two layers no
# longer fits a processor's cache.
BATCH = 10
# From so many on clips are compared in half precision on processors, too: probabilities of curves
# stay within 0.002 of float32's. A verdict and a live window stay as exact as can be.
MANY_CLIPS = 32


class Recognizer:
    """Runs a checkpoint; shared by every visitor, one batch at a time.

    Args:
        checkpoint: Loaded checkpoint, of any method; its class vectors are used, so that the text
            tower only runs for methods whose class vectors depend on the clip.
        device: Where to run.
    """

    def __init__(self, checkpoint: Checkpoint, device: torch.device) -> None:
        self.config = checkpoint.config
        self.labels = checkpoint.config.model.labels
        self.device = device
        # Convolutions are fastest with the channels last; other layers do not mind.
        self.model = checkpoint.model.eval()
        self.model.to(device).to(memory_format=torch.channels_last)
        self._tower: nn.Module | None = None
        if device.type == "cpu" and not self.model.has_own_tower:
            precision = torch.bfloat16 if has_bf16_units(device) else torch.float32
            self._tower = lean_tower(self.model.backbone.clip.visual, precision)
        self._classes = checkpoint.class_vectors.to(device)
        self._lock = threading.Lock()

    @property
    def frames(self) -> int:
        """``T``, frames per clip."""
        return self.config.model.frames

    def encode(
        self, crops: list[NDArray[np.uint8]], mirrored: Sequence[bool] | None = None
    ) -> Array:
        """Image features of face crops.

        Args:
            crops: ``N`` squares ``(side, side, 3)`` uint8 RGB.
            mirrored: Which of them are seen in the mirror, too, if the backbone does that at all;
                by default every one. In a film every other frame is as good: what is made of 16
                frames has the mean over both sides anyway.

        Returns:
            ``(N, D)`` float32, unit length.
        """
        pixels = preprocess_crops(crops, self.config.model.preprocess)
        also = torch.tensor([True] * len(crops) if mirrored is None else list(mirrored))
        parts = map(self._encode, pixels.split(BATCH), also.split(BATCH))  # type: ignore[no-untyped-call]
        return torch.cat(list(parts)).numpy()

    def _encode(self, pixels: Tensor, mirrored: Tensor) -> Tensor:
        pixels = pixels.to(self.device, memory_format=torch.channels_last)
        backbone = self.model.backbone
        with self._lock, torch.inference_mode(), image_arithmetic(self.device):
            if self.model.has_own_tower:
                return self.model.encode_frames(pixels).float().cpu()
            mirrored = mirrored.to(self.device)
            return backbone.encode_frames(pixels, self._tower, mirrored=mirrored).cpu()

    def compare(self, clips: Array) -> Array:
        """Cosine of clips with each class.

        Args:
            clips: ``(B, T, D)`` features in time order.

        Returns:
            ``(B, K)`` float32 in -1..1.

        Raises:
            CheckpointError: The model answers with no numbers, so its weights are broken.
        """
        parts = [self._compare(part) for part in torch.from_numpy(clips).split(256)]  # type: ignore[no-untyped-call]
        similarities: Array = torch.cat(parts).numpy()
        # Without this NaN would be argmax's first class: an answer that nobody gave.
        if not np.isfinite(self.logits(similarities)).all():
            raise CheckpointError(
                "the model answers with numbers that are not finite: its weights are damaged or "
                "were trained to nothing; use another checkpoint"
            )
        return similarities

    def _compare(self, clips: Tensor) -> Tensor:
        # A curve takes two fifths of the time; for few clips the weights are not worth casting.
        arithmetic = image_arithmetic if len(clips) >= MANY_CLIPS else fast_arithmetic
        with self._lock, torch.inference_mode(), arithmetic(self.device):
            return self.model.similarities(clips.to(self.device), self._classes).float().cpu()

    def logits(self, similarities: Array) -> Array:
        """Calibrated logits of ``(…, K)`` cosines."""
        scale = float(self.model.comparison.log_scale.exp()) / self.config.calibration.temperature
        return np.asarray(similarities * scale, np.float32)

    def probabilities(self, similarities: Array) -> Array:
        """Calibrated probabilities of ``(…, K)`` cosines."""
        return softmax(self.logits(similarities))

    def verdict_windows(self, count: int) -> NDArray[np.int64]:
        """The rows that a clip of ``count`` features is judged by: ``(M, T)``."""
        return verdict_rows(count, self.frames, self.config.model.sampling)

    def pick(self, count: int) -> NDArray[np.int64]:
        """The rows that stand for a sequence of ``count`` features."""
        return segment_centers(count, self.frames)


def softmax(logits: Array) -> Array:
    """Probabilities over the last axis; NaN rows stay NaN."""
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(powers / powers.sum(-1, keepdims=True), np.float32)
