"""DFER-CLIP: described classes, a temporal transformer with class token, a fine-tuned image tower.

Zhao and Patras, "Prompting Visual-Language Models for Dynamic Facial Expression Recognition"
(BMVC 2023), after its paper and public code (MIT, zengqunzhao/DFER-CLIP); every line is our own.
As published: eight learned tokens per class before a description of its facial actions, one
pre-norm layer over time with a class token and 17 positions, temperature 0.01, cross-entropy,
learning rates, schedule and batch size of the preset; there, as in the code, everything decays, the
last clips that fill no batch are left out, training frames come from 16 segments of the same whole
number of frames (of 16 to 31 frames always the first 16), and a full stop ends the descriptions.
Different here:

* The descriptions are our own wording; a file can replace them.
* Pixels are normalised with the backbone's constants; the public code leaves them at 0-1
  (``--preprocess colours=plain``).
* Frame features have unit length, so that frozen ones can be stored. They are scaled by √D before
  the layer, because its positions start at unit variance; ``features=raw`` does neither.
* The activation is the exact GELU; ``gelu=tanh`` is the public code's approximation.
* A tenth of the training fold is set aside and the best epoch chosen on it; the public code trains
  on the whole fold and takes the best epoch on the test fold (``--protocol paper``).
* Frames are sorted by number, counted in the folder, and UAR leaves absent classes out.
* One random view serves all frames of a clip: ``--recipe resized`` is the published crop and flip;
  its change of brightness (DFEW) and rotation (FERV39k) are left out. The logarithm of the aspect
  ratio is uniform (theirs: the ratio, turned in half of the cases), and OpenCV resizes by area or
  cubic (theirs: Pillow, bilinear).
* ``tower`` can be ``frozen``: then features are stored and training takes seconds.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from core.config import ModelConfig, Positive
from core.descriptions import describe
from core.model.backbone import FrozenClip
from core.model.class_token import ClassTokenTransformer, ReadsClassToken
from core.model.comparison import Comparison
from core.model.method import MethodEntry, Phase
from core.model.prompted import Prompted
from core.model.prompts import ContextPrompts
from core.model.registry import read_options
from core.model.temporal_sizes import TemporalSizes
from core.model.tower import TunedTower
from core.settings import STRICT


@dataclass(frozen=True, config=STRICT)
class DferClipOptions(TemporalSizes):
    """Settings of DFER-CLIP; the defaults are its authors'.

    Attributes:
        tower: ``tuned`` trains a copy of the image tower, ``frozen`` uses the backbone's.
        context: Learned tokens before each description.
        class_specific: Whether every class has a context of its own.
        deviation: Standard deviation of their random start.
        descriptions: Texts of each class, joined with commas; empty for ours.
        full_stop: Whether a full stop follows them, as in the authors' texts.
        features: Frames reach the layers with ``unit`` length times √D, or ``raw`` as a tuned tower
            gives them.
        gelu: ``exact``, or the ``tanh`` approximation.
    """

    tower: Literal["tuned", "frozen"] = "tuned"
    context: Positive = 8
    class_specific: bool = True
    deviation: Annotated[float, Field(gt=0)] = 0.02
    descriptions: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    full_stop: bool = False
    features: Literal["unit", "raw"] = "unit"
    gelu: Literal["exact", "tanh"] = "exact"

    @model_validator(mode="after")
    def _raw_features_need_a_tower(self) -> "DferClipOptions":
        if self.features == "raw" and self.tower == "frozen":
            raise ValueError(
                "features='raw' needs tower='tuned': a frozen tower's are stored as unit"
            )
        return self


class DferClip(ReadsClassToken, Prompted):
    """``t_i = TextEncoder([start] c_i1 … c_iM description_i [end])``, ``v`` = the class token.

    Args:
        backbone: The frozen CLIP.
        comparison: Similarity and temperature.
        prompts: Contexts and descriptions.
        temporal: The layers over time.
        tower: The fine-tuned image tower; None for the backbone's.
        class_specific: Whether the contexts belong to the classes.
    """

    TITLE = "DFER-CLIP"
    PHASES = (Phase("train", frozenset({"prompts", "temporal_model", "tower"})),)

    def __init__(
        self,
        backbone: FrozenClip,
        comparison: Comparison,
        *,
        prompts: ContextPrompts,
        temporal: ClassTokenTransformer,
        tower: TunedTower | None,
        class_specific: bool,
    ) -> None:
        super().__init__(backbone, comparison, prompts, class_specific=class_specific)
        self.temporal_model, self.tower = temporal, tower

    @property
    def has_own_tower(self) -> bool:
        """See ``Method``."""
        return self.tower is not None

    def encode_frames(self, pixels: Tensor) -> Tensor:
        """See ``Method``."""
        if self.tower is None:
            return self.backbone.encode_frames(pixels)
        features: Tensor = self.tower(pixels)
        return features

    def parts(self) -> Mapping[str, nn.Module]:
        """See ``Method``."""
        parts: dict[str, nn.Module] = {
            "comparison": self.comparison,
            "prompts": self.prompts,
            "temporal_model": self.temporal_model,
        }
        return parts if self.tower is None else parts | {"tower": self.tower}


def build(config: ModelConfig, backbone: FrozenClip) -> DferClip:
    """Build the model; see ``build_model``."""
    options: DferClipOptions = read_options(config)
    stop = "." * options.full_stop
    texts = [", ".join(each) + stop for each in describe(config.labels, options.descriptions)]
    prompts = ContextPrompts(
        backbone,
        texts,
        context=options.context,
        specific=options.class_specific,
        deviation=options.deviation,
    )
    unit = options.features == "unit"
    tower = TunedTower(backbone, unit=unit) if options.tower == "tuned" else None
    return DferClip(
        backbone,
        Comparison.of(config),
        prompts=prompts,
        temporal=ClassTokenTransformer(
            backbone.embed_dim,
            config.frames,
            options,
            scale=backbone.embed_dim**0.5 if unit else 1.0,
            kind="dfer-clip" if options.gelu == "exact" else "dfer-clip-tanh",
        ),
        tower=tower,
        class_specific=options.class_specific,
    )


METHOD = MethodEntry(DferClip, DferClipOptions, build, lambda options: options.tower == "tuned")
