"""The settings that rebuild a model exactly: they travel inside every checkpoint.

Each field that answers a question the paper leaves open names its row in the README's table of
choices (A1-A22).
"""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from core.labels import SEVEN
from core.settings import STRICT

Positive = Annotated[int, Field(ge=1)]
Method = Literal["a3lign"]

# 77 positions, less start-of-text, the closing period and end-of-text.
MAX_TOKENS = 74


@dataclass(frozen=True, config=STRICT)
class BackboneConfig:
    """The frozen CLIP under the model.

    Attributes:
        name: An OpenAI architecture, or ``FaceCLIP`` for our own small one (A1: the survey that
            shares authors with the paper lists ViT-L/14).
        embed_dim: Width ``D`` of the joint space; FaceCLIP only, OpenAI's is known.
        vision: open_clip's ``vision_cfg``; FaceCLIP only.
        text: open_clip's ``text_cfg``; FaceCLIP only.
        sha256: Hash of the weights the model was trained on; empty before training.
    """

    name: Literal["ViT-L-14", "ViT-B-16", "ViT-B-32", "FaceCLIP"] = "ViT-L-14"
    embed_dim: Positive | None = None
    vision: dict[str, Any] = Field(default_factory=dict)
    text: dict[str, Any] = Field(default_factory=dict)
    sha256: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether the weights are ours to store inside the checkpoint."""
        return self.name == "FaceCLIP"

    @model_validator(mode="after")
    def _architecture_only_for_ours(self) -> "BackboneConfig":
        described = bool(self.embed_dim and self.vision and self.text)
        if self.is_ours and not described:
            raise ValueError("FaceCLIP needs embed_dim, vision and text")
        if not self.is_ours and (self.embed_dim or self.vision or self.text):
            raise ValueError(
                f"{self.name} has a fixed architecture; remove embed_dim, vision, text"
            )
        return self


@dataclass(frozen=True, config=STRICT)
class PreprocessConfig:
    """How a face square becomes the backbone's input.

    Attributes:
        image_size: Side of the input [px].
        crop_scale: Side of the crop as a multiple of the face square.
        detail_px: The crop is first reduced to this side, so that sharp and blurred sources look
            alike; 0 keeps every detail.
        grey: Drop the colour; the three channels are then equal.
        standardise: Scale each crop to mean 0 and deviation 1 (against dim light) instead of by
            CLIP's channel constants.
    """

    image_size: Positive = 224
    crop_scale: Annotated[float, Field(gt=0.2, le=4)] = 1.0
    detail_px: Annotated[int, Field(ge=0)] = 0
    grey: bool = False
    standardise: bool = False
