"""The settings that rebuild a model exactly: they travel inside every checkpoint.

``BackboneConfig`` has a module of its own and is imported from here like the others.

Each field that answers a question the paper leaves open names its row in the table of choices
(A1-A22) in ``assets/docs/training.md``.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from core.backbone_config import BackboneConfig
from core.labels import SEVEN
from core.sampling import Sampling
from core.settings import STRICT

__all__ = [
    "BackboneConfig",
    "Colours",
    "ModelConfig",
    "Positive",
    "PreprocessConfig",
    "SynchronizerConfig",
    "TokensConfig",
    "weights_per_width",
]

# Sizes; products of several are bounded where they are put together.
Positive = Annotated[int, Field(ge=1, le=65536)]

# 77 positions, less start-of-text, the closing period and end-of-text.
MAX_TOKENS = 74

# So that settings alone cannot ask for gigabytes: the paper's largest model has 11 × 16 × 64 token
# embeddings, and its three transformers over time 41 thousand weights for each unit of width.
MAX_EMBEDDINGS = 131_072
MAX_WEIGHTS_PER_WIDTH = 200_000

Label = Annotated[str, Field(min_length=1, max_length=100)]

# What the image tower expects of colours: CLIP's channel constants, those of Inception (some of
# LAION's models), or plain values 0-1 (DFER-CLIP's public code).
Colours = Literal["clip", "inception", "plain"]


def weights_per_width(layers: int, heads: int, head_width: int, feedforward: int) -> int:
    """Weights of temporal blocks (``core.model.temporal``) for each unit of their width ``D``.

    Raises:
        ValueError: More than a model may have.
    """
    weights = layers * (4 * heads * head_width + 2 * feedforward)
    if weights > MAX_WEIGHTS_PER_WIDTH:
        raise ValueError(
            f"{layers} layers of {heads} heads × {head_width} and feedforward {feedforward} make "
            f"{weights} weights per unit of width; at most {MAX_WEIGHTS_PER_WIDTH} are possible"
        )
    return weights


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
            channel constants.
        colours: Constants that the channels are shifted and scaled by, see ``Colours``.
    """

    image_size: Annotated[int, Field(ge=1, le=1024)] = 224
    crop_scale: Annotated[float, Field(gt=0.2, le=4)] = 1.0
    detail_px: Annotated[int, Field(ge=0, le=4096)] = 0
    grey: bool = False
    standardise: bool = False
    colours: Colours = "clip"

    @property
    def seen_px(self) -> int:
        """Side from which on a larger crop shows the model nothing more [px]."""
        return min(self.detail_px or self.image_size, self.image_size)

    @model_validator(mode="after")
    def _scales_once(self) -> "PreprocessConfig":
        if self.standardise and self.colours != "clip":
            raise ValueError("standardise replaces the constants of colours; set one of the two")
        return self


@dataclass(frozen=True, config=STRICT)
class TokensConfig:
    """The paper's Multi-dimensional Alignment Tokens (MAT).

    Attributes:
        sentences: ``S``, sentences per class (paper: 16).
        tokens: ``L``, learnable tokens per sentence (paper: 64); 74 is the most that fits CLIP's
            77 positions beside start, period and end.
        start: ``random`` draws every token from a normal distribution (A5: not stated; CoOp's
            choice), ``words`` starts from the words that describe the class.
        deviation: Standard deviation of the random start, and of the noise on words.
    """

    sentences: Positive = 16
    tokens: Positive = 64
    start: Literal["random", "words"] = "random"
    deviation: Annotated[float, Field(gt=0)] = 0.02

    @model_validator(mode="after")
    def _fits_the_text_tower(self) -> "TokensConfig":
        if self.tokens > MAX_TOKENS:
            raise ValueError(
                f"at most {MAX_TOKENS} tokens fit CLIP's 77 text positions, of which start, "
                f"period and end take 3; got {self.tokens}"
            )
        return self


@dataclass(frozen=True, config=STRICT)
class SynchronizerConfig:
    """The transformers over time: two before the merge, one shared (JAS) after it.

    Attributes:
        text_layers: Layers of the text dynamic encoder of step 1 (paper, Fig. 2c: 2).
        video_layers: Layers of the video dynamic encoder of step 2 (Fig. 2c: 4).
        layers: Layers of the joint synchronizer of step 3 (Fig. 2c: 4).
        text_head: Whether text goes through the synchronizer too (A14: Figure 2d shows one block,
            ``joint``) or keeps its ``own`` encoder.
        copied_layers: How many of the video encoder's first layers it starts from (Fig. 2c: 2).
        rest: Where its other layers come from (A12): the ``text`` encoder's (two and two make the
            four of Fig. 2c, and sentences find layers that know them; more than it has are new),
            ``new`` ones that start as the identity, or the ``video`` encoder's next ones.
        start: New layers start as the ``identity``, so that no step disturbs what the last one
            reached (A10, ours), or at ``random``.
        block: Form of the blocks (A7: not stated): ``dfer-clip`` as in its temporal model, or
            ``clip`` as in CLIP's towers (biases in attention, QuickGELU).
        heads: Attention heads (A7: DFER-CLIP's block).
        head_width: Width of each head.
        feedforward: Width inside the feed-forward part.
        dropout: Dropped share inside each block.
        positions: Order information (A8: inferred from Table 5): one table ``shared`` by text and
            video, ``separate`` ones, fixed ``sinusoidal`` waves, or ``none``.
        position_start: Learned tables start at the ``sinusoids`` or at ``normal`` noise.
        position_deviation: Standard deviation of that noise.
        position_place: Positions are added to what the attention of all ``blocks`` reads, or once
            to the ``sequence``.
        pooling: ``mean`` over time and one cosine (A9), a class token ``cls``, the ``last`` step,
            or one cosine ``per-step``, averaged.
    """

    text_layers: Positive = 2
    video_layers: Positive = 4
    layers: Positive = 4
    copied_layers: Annotated[int, Field(ge=0)] = 2
    rest: Literal["new", "text", "video"] = "text"
    text_head: Literal["joint", "own"] = "joint"
    start: Literal["identity", "random"] = "identity"
    block: Literal["dfer-clip", "clip"] = "dfer-clip"
    heads: Positive = 8
    head_width: Positive = 64
    feedforward: Positive = 1024
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    positions: Literal["shared", "separate", "sinusoidal", "none"] = "shared"
    position_start: Literal["sinusoids", "normal"] = "sinusoids"
    position_deviation: Annotated[float, Field(gt=0, le=10)] = 1.0
    position_place: Literal["blocks", "sequence"] = "blocks"
    pooling: Literal["mean", "cls", "last", "per-step"] = "mean"

    @model_validator(mode="after")
    def _layers_can_be_filled(self) -> "SynchronizerConfig":
        if self.copied_layers > min(self.video_layers, self.layers):
            raise ValueError(
                f"copied_layers is {self.copied_layers}, but the video encoder has "
                f"{self.video_layers} layers and the synchronizer {self.layers}"
            )
        missing = self.layers - self.copied_layers
        available = self.video_layers - self.copied_layers
        if self.rest == "video" and missing > available:
            raise ValueError(f"rest='video' has {available} layers for {missing} places")
        return self


@dataclass(frozen=True, config=STRICT)
class ModelConfig:
    """Everything that decides the shape and the function of a model.

    Attributes:
        labels: ``K`` class names; their order is the order of every output.
        frames: ``T``, frames per clip (paper: 16).
        temperature: τ of the softmax (A16: not stated; 0.01 is CLIP's and CoOp's).
        learn_temperature: Train τ as well.
        similarity: Compare by ``cosine`` (A15) or ``dot`` product.
        sampling: Which frames a clip is made of (A4): one per each of ``T`` ``segments``, ``T``
            ``consecutive`` ones, or in ``windows`` over everything, averaged.
        tokens: Of A3lign; other methods have their settings in ``options``.
        synchronizer: Of A3lign.
        method: Name of a module of ``core.model.methods``.
        options: The method's own settings; its module declares and checks them.
    """

    labels: Annotated[tuple[Label, ...], Field(max_length=1000)] = SEVEN
    frames: Annotated[int, Field(ge=1, le=256)] = 16
    backbone: BackboneConfig = Field(default_factory=BackboneConfig)
    preprocess: PreprocessConfig = Field(default_factory=PreprocessConfig)
    tokens: TokensConfig = Field(default_factory=TokensConfig)
    synchronizer: SynchronizerConfig = Field(default_factory=SynchronizerConfig)
    temperature: Annotated[float, Field(gt=0, le=100)] = 0.01
    learn_temperature: bool = False
    similarity: Literal["cosine", "dot"] = "cosine"
    sampling: Sampling = "segments"
    method: str = "a3lign"
    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _labels_are_distinct(self) -> "ModelConfig":
        if len(self.labels) < 2 or len(set(self.labels)) != len(self.labels):
            raise ValueError(f"labels must be two or more different names, got {self.labels}")
        return self

    @model_validator(mode="after")
    def _fits_into_memory(self) -> "ModelConfig":
        embeddings = len(self.labels) * self.tokens.sentences * self.tokens.tokens
        if embeddings > MAX_EMBEDDINGS:
            raise ValueError(
                f"{len(self.labels)} labels × {self.tokens.sentences} sentences × "
                f"{self.tokens.tokens} tokens are {embeddings} embeddings; at most "
                f"{MAX_EMBEDDINGS} are possible"
            )
        layers = self.synchronizer
        depth = layers.text_layers + layers.video_layers + layers.layers
        weights_per_width(depth, layers.heads, layers.head_width, layers.feedforward)
        return self
