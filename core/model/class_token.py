"""A transformer over time that is read at a class token, as in DFER-CLIP and EmoCLIP."""

from collections.abc import Iterable
from typing import cast

import torch
from torch import Tensor, nn

from core.model.positions import Flow
from core.model.temporal import BlockKind, TemporalBlock
from core.model.temporal_sizes import TemporalSizes


class ClassTokenTransformer(nn.Module):
    """Layers over ``[class token, frame 1 … T]`` plus positions; the class token is the video.

    Args:
        width: ``D``.
        frames: ``T``.
        sizes: Of the layers.
        scale: Factor on the features: √D gives unit ones the size of the positions.
        kind: Form of the blocks.
    """

    def __init__(
        self,
        width: int,
        frames: int,
        sizes: TemporalSizes,
        *,
        scale: float,
        kind: BlockKind = "dfer-clip",
    ) -> None:
        super().__init__()
        self.scale = scale
        self.cls = nn.Parameter(torch.randn(width))
        self.positions = nn.Parameter(torch.randn(frames + 1, width))
        self.blocks = nn.ModuleList(
            TemporalBlock(
                width,
                heads=sizes.heads,
                head_width=sizes.head_width,
                feedforward=sizes.feedforward,
                dropout=sizes.dropout,
                kind=kind,
                start=1.0,
            )
            for _ in range(sizes.layers)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Turn ``(B, T, D)`` into ``(B, 1, D)``."""
        return self.steps(features, "video")[:, :1]

    def steps(self, x: Tensor, flow: Flow) -> Tensor:  # noqa: ARG002
        """See ``TemporalLayers``: ``(B, 1 + T, D)``."""
        x = self._begin(x)
        for block in self.blocks:
            x = block(x, None)
        return x

    def attention(self, x: Tensor, flow: Flow) -> list[Tensor]:  # noqa: ARG002
        """See ``TemporalLayers``."""
        x, weights = self._begin(x), []
        for block in cast(Iterable[TemporalBlock], self.blocks):
            weights.append(block.attention(x, None))
            x = block(x, None)
        return weights

    def _begin(self, x: Tensor) -> Tensor:
        token = self.cls.expand(len(x), 1, -1)
        return torch.cat([token, x * self.scale], dim=1) + self.positions[: x.shape[1] + 1]


class ReadsClassToken:
    """What methods share whose video is the class token: to be inherited before a ``Method``.

    Attributes:
        temporal_model: The layers over time.
    """

    temporal_model: ClassTokenTransformer

    def video_vectors(self, features: Tensor) -> Tensor:
        """See ``Method``."""
        video: Tensor = self.temporal_model(features)
        return video

    def temporal(self, flow: Flow) -> ClassTokenTransformer | None:
        """See ``Method``."""
        return self.temporal_model if flow == "video" else None
