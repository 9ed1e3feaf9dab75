"""What every method of video-text recognition offers to prediction, training and the app."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.model.backbone import FrozenClip


class Comparison(nn.Module):
    """Equations 5 and 6: similarity of two vectors, and the temperature of the softmax.

    Args:
        temperature: τ (A16: not stated; 0.01 is CLIP's and CoOp's).
        learn_temperature: Whether τ is trained.
        similarity: ``cosine`` (A15) or ``dot``.
    """

    def __init__(self, temperature: float, *, learn_temperature: bool, similarity: str) -> None:
        super().__init__()
        self.similarity = similarity
        # Trained as a logarithm, as in CLIP, so that it stays positive.
        self.log_scale = nn.Parameter(
            torch.tensor(-math.log(temperature)), requires_grad=learn_temperature
        )

    def forward(self, video: Tensor, classes: Tensor) -> Tensor:
        """Compare clips with classes, averaged over the ``P`` pairs (A9).

        Args:
            video: ``(B, P, D)``; ``P`` may be 1.
            classes: ``(K, P, D)``; ``P`` may be 1.

        Returns:
            ``(B, K)``; cosines in -1..1.
        """
        # At τ = 0.01 a cosine rounded to bf16 would shift its logit by up to 0.4.
        with torch.autocast(video.device.type, enabled=False):
            video, classes = video.float(), classes.float()
            if self.similarity == "cosine":
                video, classes = F.normalize(video, dim=-1), F.normalize(classes, dim=-1)
            steps = max(video.shape[1], classes.shape[1])
            video = video.expand(-1, steps, -1)
            classes = classes.expand(-1, steps, -1)
            return torch.einsum("bpd,kpd->bk", video, classes) / steps

    def logits(self, similarities: Tensor) -> Tensor:
        """Divide by the temperature: the softmax of the result are the probabilities."""
        return similarities * self.log_scale.exp()


class Method(nn.Module, ABC):
    """Compares a clip's frame features with one or more vectors per class.

    Args:
        backbone: The frozen CLIP that makes the features.
        comparison: Similarity and temperature.
    """

    def __init__(self, backbone: FrozenClip, comparison: Comparison) -> None:
        super().__init__()
        self.backbone = backbone
        self.comparison = comparison

    @abstractmethod
    def class_vectors(self) -> Tensor:
        """What clips are compared with, ``(K, P, D)``; constant while the weights are."""

    @abstractmethod
    def video_vectors(self, features: Tensor) -> Tensor:
        """Turn ``(B, T, D)`` frame features into ``(B, P, D)``."""

    @abstractmethod
    def parts(self) -> Mapping[str, nn.Module]:
        """Modules beside the backbone that the function depends on: a checkpoint holds these."""

    def forward(self, features: Tensor, classes: Tensor | None = None) -> Tensor:
        """Logits of clips.

        Args:
            features: ``(B, T, D)`` frozen frame features.
            classes: ``class_vectors()`` if they are at hand; they cost a pass of the text tower.

        Returns:
            ``(B, K)``.
        """
        classes = self.class_vectors() if classes is None else classes
        similarities = self.comparison(self.video_vectors(features), classes)
        return self.comparison.logits(similarities)
