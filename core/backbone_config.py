"""Which frozen CLIP a model stands on: settings that are closed, so that a file stays data.

Everything here may come from a stranger's ``config.json``. Only towers that this project knows can
be named, nothing can ask for a download, and sizes are bounded, so that the settings alone cannot
fill the memory.
"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, ValidationInfo, model_validator
from pydantic.dataclasses import dataclass

from core.settings import STRICT

Name = Literal["ViT-L-14", "ViT-L-14-336", "ViT-H-14", "ViT-B-16", "ViT-B-32", "FaceCLIP"]

# OpenAI's CLIP was trained with QuickGELU, most of LAION's and DataComp's models with GELU; the
# weights have the same names and shapes.
Activation = Literal["quick-gelu", "gelu"]

# How the activation is known: the published file, a config beside the file, the archive's program,
# what the user said; or nothing told, and it was assumed. Empty in older checkpoints.
Evidence = Literal["", "published", "beside", "archive", "asked", "assumed"]

# ViT-L/14's image tower has 303 million, the largest we use 632; FaceCLIP is meant to be small.
MAX_TOWER_PARAMETERS = 100_000_000
VOCABULARY = 49408

Layers = Annotated[int, Field(ge=1, le=48)]
Width = Annotated[int, Field(ge=8, le=1024)]
Heads = Annotated[int, Field(ge=1, le=64)]
ImageSize = Annotated[int, Field(ge=16, le=512)]


@dataclass(frozen=True, config=STRICT)
class VisionTransformer:
    """A ViT as FaceCLIP's image tower, in open_clip's words.

    Attributes:
        layers: Transformer layers.
        width: Of their input.
        head_width: Of each attention head; divides ``width``.
        patch_size: Side of the squares [px]; divides ``image_size``.
        image_size: Side of the input [px].
    """

    layers: Layers
    width: Width
    head_width: Annotated[int, Field(ge=4, le=256)]
    patch_size: Annotated[int, Field(ge=4, le=64)]
    image_size: ImageSize

    @model_validator(mode="after")
    def _fits(self) -> "VisionTransformer":
        if self.width % self.head_width or self.image_size % self.patch_size:
            raise ValueError("head_width must divide width, and patch_size image_size")
        _check_size(self.layers, self.width)
        return self


@dataclass(frozen=True, config=STRICT)
class TimmNetwork:
    """A network of timm as FaceCLIP's image tower, in open_clip's words.

    Attributes:
        timm_model_name: One of those that this project has used.
        timm_model_pretrained: Always false: the weights are in the checkpoint.
        timm_pool: Always the mean over places.
        timm_proj: Always one linear layer into the joint space.
        image_size: Side of the input [px].
    """

    timm_model_name: Literal["face_resnet", "face_mobilenet", "resnet18", "test_resnet"]
    timm_model_pretrained: Literal[False] = False
    timm_pool: Literal["avg"] = "avg"
    timm_proj: Literal["linear"] = "linear"
    image_size: ImageSize = 64


@dataclass(frozen=True, config=STRICT)
class TextTower:
    """FaceCLIP's text tower, in open_clip's words; 77 positions and CLIP's vocabulary.

    Attributes:
        width: Of tokens and layers.
        heads: Of attention; divide ``width``.
        layers: Transformer layers.
    """

    width: Width
    heads: Heads
    layers: Layers

    @model_validator(mode="after")
    def _has_whole_heads(self) -> "TextTower":
        if self.width % self.heads:
            raise ValueError(f"{self.heads} heads do not divide a width of {self.width}")
        _check_size(self.layers, self.width, VOCABULARY * self.width)
        return self


def _check_size(layers: int, width: int, rest: int = 0) -> None:
    parameters = 12 * layers * width**2 + rest
    if parameters > MAX_TOWER_PARAMETERS:
        raise ValueError(
            f"a tower of {parameters / 1e6:.0f} million parameters, of which FaceCLIP's may have "
            f"{MAX_TOWER_PARAMETERS / 1e6:.0f}"
        )


def _kind(value: Any) -> str:
    is_timm = isinstance(value, TimmNetwork) or (
        isinstance(value, dict) and any(str(name).startswith("timm_") for name in value)
    )
    return "timm" if is_timm else "transformer"


def _plain(value: Any, info: ValidationInfo) -> Any:
    """Older checkpoints hold ``{}`` where there is no tower; programs may write dictionaries."""
    if value == {}:
        return None
    if isinstance(value, dict) and info.mode == "python":
        kinds = {"timm": TimmNetwork, "transformer": VisionTransformer}
        return (TextTower if info.field_name == "text" else kinds[_kind(value)])(**value)
    return value


VisionTower = Annotated[
    Annotated[VisionTransformer, Tag("transformer")] | Annotated[TimmNetwork, Tag("timm")],
    Discriminator(_kind),
]


@dataclass(frozen=True, config=STRICT)
class BackboneConfig:
    """The frozen CLIP under the model.

    Attributes:
        name: An OpenAI architecture, or ``FaceCLIP`` for our own small one (A1: the survey that
            shares authors with the paper lists ViT-L/14).
        embed_dim: Width ``D`` of the joint space; FaceCLIP only, OpenAI's is known.
        vision: FaceCLIP's image tower.
        text: FaceCLIP's text tower.
        mirror: A frame's feature is the mean over it and its mirror image, for faces show an
            expression either way; FaceCLIP only. It costs a second pass of the image tower, in
            films of every other frame, and gave our networks 0.3 to 1 point of WAR on FER2013's
            validation part.
        sha256: Hash of the weights the model was trained on; empty before training.
        activation: Of an OpenAI architecture; None is OpenAI's own, QuickGELU.
        weights: open_clip's name of the published weights (``openai``, ``laion2b_s34b_b79k``, …);
            empty where they came from a file that nobody published under a known hash.
        evidence: How the activation is known.
    """

    name: Name = "ViT-L-14"
    embed_dim: Width | None = None
    vision: Annotated[VisionTower | None, BeforeValidator(_plain)] = None
    text: Annotated[TextTower | None, BeforeValidator(_plain)] = None
    mirror: bool = False
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    activation: Activation | None = None
    weights: Annotated[str, Field(pattern=r"^[a-z0-9_]{0,64}$")] = ""
    evidence: Evidence = ""

    @property
    def is_ours(self) -> bool:
        """Whether the weights are ours to store inside the checkpoint."""
        return self.name == "FaceCLIP"

    @property
    def native_size(self) -> int:
        """Side of the input that the image tower is made for [px]."""
        if self.vision:
            return self.vision.image_size
        return 336 if self.name.endswith("-336") else 224

    @model_validator(mode="after")
    def _architecture_only_for_ours(self) -> "BackboneConfig":
        described = bool(self.embed_dim and self.vision and self.text)
        if self.is_ours and not described:
            raise ValueError("FaceCLIP needs embed_dim, vision and text")
        if not self.is_ours and (self.embed_dim or self.vision or self.text or self.mirror):
            raise ValueError(
                f"{self.name} has a fixed architecture; remove embed_dim, vision, text, mirror"
            )
        if self.is_ours and (self.activation or self.weights or self.evidence):
            raise ValueError("activation, weights and evidence are for OpenAI's architectures")
        return self
