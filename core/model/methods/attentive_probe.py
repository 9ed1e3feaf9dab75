"""Attentive probe: how far do the frozen features go if frames may count differently?

One learned query reads the frames by multi-head attention, and a linear classifier follows, as in
"Context Autoencoder for Self-Supervised Representation Learning" (arXiv 2202.03026) and, for video,
"Revisiting Feature Prediction for Learning Visual Representations from Video" (V-JEPA, arXiv
2404.08471). Different here:

* It reads one feature per frame; theirs read all patches, whose features know their place.
* Attention alone, without V-JEPA's feed-forward part and residual path.
* ``positions=learned`` tells it where a frame stands, so that it can use their order; the default
  is a set of frames, as nothing in frozen image features tells their order.
"""

from collections.abc import Mapping
from typing import Literal

import torch
import torch.nn.functional as F
from pydantic import model_validator
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from core.config import ModelConfig, Positive, weights_per_width
from core.model.backbone import FrozenClip
from core.model.comparison import Comparison
from core.model.method import MethodEntry, Phase
from core.model.positions import Positions
from core.model.probed import Probed
from core.model.registry import read_options
from core.settings import STRICT


@dataclass(frozen=True, config=STRICT)
class AttentiveProbeOptions:
    """Settings of the attentive probe; the defaults are ours.

    Attributes:
        heads: Attention heads.
        head_width: Width of each head.
        positions: ``none``, or a ``learned`` vector for each frame.
    """

    heads: Positive = 8
    head_width: Positive = 64
    positions: Literal["none", "learned"] = "none"

    @model_validator(mode="after")
    def _fits_into_memory(self) -> "AttentiveProbeOptions":
        weights_per_width(1, self.heads, self.head_width, 1)
        return self


class AttentivePooling(nn.Module):
    """``Σ_t softmax_t(q · K x_t) V x_t`` for each head, joined by a linear layer.

    Args:
        width: ``D``.
        frames: ``T``.
        options: The settings.
    """

    def __init__(self, width: int, frames: int, options: AttentiveProbeOptions) -> None:
        super().__init__()
        inner = options.heads * options.head_width
        self.heads = options.heads
        self.positions = Positions(
            "none" if options.positions == "none" else "shared", frames, width
        )
        self.query = nn.Parameter(torch.randn(options.heads, 1, options.head_width))
        self.key_value = nn.Linear(width, 2 * inner)
        self.out = nn.Linear(inner, width)

    def forward(self, x: Tensor) -> Tensor:
        """Turn ``(B, T, D)`` frames of deviation 1 into ``(B, 1, D)``."""
        positions = self.positions("video", x.shape[1])
        if positions is not None:
            x = x + positions
        key, value = self.key_value(x).unflatten(2, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        query = self.query.expand(len(x), -1, -1, -1)
        attended = F.scaled_dot_product_attention(query, key, value)  # (B, H, 1, D/H)
        pooled: Tensor = self.out(attended.transpose(1, 2).flatten(2))
        return pooled


class AttentiveProbe(Probed):
    """``v`` = what one query reads from the frames, ``logits = W v + b``.

    Args:
        backbone: The frozen CLIP.
        comparison: Holds the temperature.
        classes: ``K``.
        pooling: The query and what it reads.
    """

    TITLE = "Attentive probe"
    PHASES = (Phase("train", frozenset({"head", "pooling"})),)

    def __init__(
        self,
        backbone: FrozenClip,
        comparison: Comparison,
        classes: int,
        pooling: AttentivePooling,
    ) -> None:
        super().__init__(backbone, comparison, classes)
        self.pooling = pooling

    def video_vectors(self, features: Tensor) -> Tensor:
        """See ``Method``."""
        video: Tensor = self.pooling(features * features.shape[-1] ** 0.5)
        return video

    @property
    def reads_order(self) -> bool:
        """See ``Method``."""
        return self.pooling.positions.kind != "none"

    def parts(self) -> Mapping[str, nn.Module]:
        """See ``Method``."""
        return {"comparison": self.comparison, "head": self.head, "pooling": self.pooling}


def build(config: ModelConfig, backbone: FrozenClip) -> AttentiveProbe:
    """Build the model; see ``build_model``."""
    options: AttentiveProbeOptions = read_options(config)
    pooling = AttentivePooling(backbone.embed_dim, config.frames, options)
    return AttentiveProbe(backbone, Comparison.of(config), len(config.labels), pooling)


METHOD = MethodEntry(AttentiveProbe, AttentiveProbeOptions, build)
