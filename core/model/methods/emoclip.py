"""EmoCLIP's supervised model: a frozen image tower, two layers over time, described classes.

Foteinopoulou and Patras, "EmoCLIP: A Vision-Language Method for Zero-Shot Video Facial Expression
Recognition" (FG 2024), after its public code (NickyFot/EmoCLIP, Apache-2.0); every line is our own.
As there: nothing of CLIP is trained, a class token reads the frames through two pre-norm layers
with learned positions, the classes are texts, τ is learned from CLIP's 0.01, and the preset has the
code's SGD with 0.001 and its layers, whose 8 heads are 2048 wide (it passes its feed-forward width
of 2048 as theirs); the defaults are layers of the usual shape.
Different here:

* Cross-entropy over the classes; the code contrasts the clips of a batch with each other's texts in
  both directions, where two clips of one class count as wrong for each other.
* The descriptions are our own wording; a file can replace them.
* Frame features have unit length, so that they can be stored, times √D before the layers; there
  they are as the tower gives them.
* 16 frames from 16 segments of the whole clip; there 32, each fourth of consecutive ones.
* The rate falls at 60 % and 80 % of the epochs; there after the 25th (and 50th) of 50.
* The exact GELU (theirs: the tanh approximation), and the harness's choice of the epoch.
"""

from collections.abc import Mapping

from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import nn

from core.config import ModelConfig, Positive
from core.descriptions import describe
from core.model.backbone import FrozenClip
from core.model.class_token import ClassTokenTransformer, ReadsClassToken
from core.model.comparison import Comparison
from core.model.method import MethodEntry, Phase
from core.model.methods.zero_shot import ZeroShot
from core.model.registry import read_options
from core.model.temporal_sizes import TemporalSizes
from core.settings import STRICT


@dataclass(frozen=True, config=STRICT)
class EmoClipOptions(TemporalSizes):
    """Settings of EmoCLIP.

    Attributes:
        descriptions: Texts of each class, joined with commas; empty for ours.
    """

    layers: Positive = 2
    descriptions: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class EmoClip(ReadsClassToken, ZeroShot):
    """``v`` = the class token over the frames, compared with the text of each class.

    Args:
        backbone: The frozen CLIP.
        comparison: Similarity and temperature.
        sentences: For each class its text.
        temporal: The layers over time.
    """

    TITLE = "EmoCLIP"
    PHASES = (Phase("train", frozenset({"temporal_model"})),)

    def __init__(
        self,
        backbone: FrozenClip,
        comparison: Comparison,
        sentences: list[tuple[str, ...]],
        temporal: ClassTokenTransformer,
    ) -> None:
        super().__init__(backbone, comparison, sentences)
        self.temporal_model = temporal

    def parts(self) -> Mapping[str, nn.Module]:
        """See ``Method``."""
        return {"comparison": self.comparison, "temporal_model": self.temporal_model}


def build(config: ModelConfig, backbone: FrozenClip) -> EmoClip:
    """Build the model; see ``build_model``."""
    options: EmoClipOptions = read_options(config)
    width = backbone.embed_dim
    temporal = ClassTokenTransformer(width, config.frames, options, scale=width**0.5)
    described = describe(config.labels, options.descriptions)
    texts: list[tuple[str, ...]] = [(", ".join(each),) for each in described]
    return EmoClip(backbone, Comparison.of(config), texts, temporal)


METHOD = MethodEntry(EmoClip, EmoClipOptions, build)
