"""Sizes of temporal layers, which several methods have among their settings."""

from typing import Annotated

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from core.config import Positive, weights_per_width
from core.settings import STRICT


@dataclass(frozen=True, config=STRICT)
class TemporalSizes:
    """Layers over time; the defaults are DFER-CLIP's.

    Attributes:
        layers: Temporal layers.
        heads: Attention heads.
        head_width: Width of each head.
        feedforward: Width inside the feed-forward part.
        dropout: Dropped share inside each layer.
    """

    layers: Positive = 1
    heads: Positive = 8
    head_width: Positive = 64
    feedforward: Positive = 1024
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0

    @model_validator(mode="after")
    def _fits_into_memory(self) -> "TemporalSizes":
        weights_per_width(self.layers, self.heads, self.head_width, self.feedforward)
        return self
