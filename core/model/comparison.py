"""How like are a clip and a class, and how likely does that make it?"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.config import ModelConfig


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

    @classmethod
    def of(cls, config: ModelConfig) -> "Comparison":
        """The comparison that the settings of a model ask for."""
        return cls(
            config.temperature,
            learn_temperature=config.learn_temperature,
            similarity=config.similarity,
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

    def each(self, video: Tensor, classes: Tensor) -> Tensor:
        """Compare clips ``(B, D)`` with class vectors of their own ``(B, K, D)``: ``(B, K)``."""
        with torch.autocast(video.device.type, enabled=False):
            video, classes = video.float(), classes.float()
            if self.similarity == "cosine":
                video, classes = F.normalize(video, dim=-1), F.normalize(classes, dim=-1)
            return torch.einsum("bd,bkd->bk", video, classes)

    def logits(self, similarities: Tensor) -> Tensor:
        """Divide by the temperature: the softmax of the result are the probabilities."""
        return similarities * self.log_scale.exp()
