"""CLIP with LoRA and one layer over time: the visual half of CLAIP-Emo.

Chen et al., "CLAIP-Emo: Parameter-Efficient Adaptation of Language-Supervised Models for
In-the-Wild Audiovisual Emotion Recognition" (IEEE Signal Processing Letters 2026), after its public
code (MSA-LMC/CLAIP-Emo, without a licence: read, and every line here is our own). As there: rank 8,
α 32, on queries, keys, values, outputs and feed-forward layers of every block, DFER-CLIP's layer
over time with a class token, a linear classifier, AdamW at 1e-5 with decay 0.05, 16 clips a step,
100 epochs.
Different here:

* Frames alone; theirs join the sound from CLAP before the classifier.
* No dropout (theirs: 0.1) inside LoRA, as its changes are added to the weights before the tower
  runs.
* Features of CLIP's joint space, of unit length times √D; theirs are the tower's before projection.
* One clip of 16 segments when judging; theirs is the mean of two.
* The exact GELU (theirs: the tanh approximation).
* ``tower=frozen`` goes without LoRA, so that features can be stored.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from core.config import ModelConfig
from core.model.backbone import FrozenClip
from core.model.class_token import ClassTokenTransformer, ReadsClassToken
from core.model.comparison import Comparison
from core.model.lora import TowerLora
from core.model.method import MethodEntry, Phase
from core.model.probed import Probed
from core.model.registry import read_options
from core.model.temporal_sizes import TemporalSizes
from core.settings import STRICT


@dataclass(frozen=True, config=STRICT)
class ClipLoraOptions(TemporalSizes):
    """Settings of CLIP with LoRA; the defaults are CLAIP-Emo's.

    Attributes:
        tower: ``lora`` changes the image tower, ``frozen`` uses the backbone's.
        rank: ``r`` of every change.
        alpha: ``α``; changes are multiplied by ``α/r``.
    """

    tower: Literal["lora", "frozen"] = "lora"
    rank: Annotated[int, Field(ge=1, le=256)] = 8
    alpha: Annotated[float, Field(gt=0, le=1024)] = 32.0


class ClipLora(ReadsClassToken, Probed):
    """``v`` = the class token over the frames, ``logits = W v + b``.

    Args:
        backbone: The frozen CLIP.
        comparison: Holds the temperature.
        classes: ``K``.
        temporal: The layer over time.
        lora: What changes the image tower; None for the backbone's.
    """

    TITLE = "CLIP with LoRA"
    PHASES = (Phase("train", frozenset({"head", "temporal_model", "lora"})),)

    def __init__(
        self,
        backbone: FrozenClip,
        comparison: Comparison,
        classes: int,
        *,
        temporal: ClassTokenTransformer,
        lora: TowerLora | None,
    ) -> None:
        super().__init__(backbone, comparison, classes)
        self.temporal_model, self.lora = temporal, lora

    @property
    def has_own_tower(self) -> bool:
        """See ``Method``."""
        return self.lora is not None

    def encode_frames(self, pixels: Tensor) -> Tensor:
        """See ``Method``."""
        if self.lora is None:
            return self.backbone.encode_frames(pixels)
        features: Tensor = self.lora(self.backbone.clip.visual, pixels)
        return features

    def parts(self) -> Mapping[str, nn.Module]:
        """See ``Method``."""
        parts: dict[str, nn.Module] = {
            "comparison": self.comparison,
            "head": self.head,
            "temporal_model": self.temporal_model,
        }
        return parts if self.lora is None else parts | {"lora": self.lora}


def build(config: ModelConfig, backbone: FrozenClip) -> ClipLora:
    """Build the model; see ``build_model``."""
    options: ClipLoraOptions = read_options(config)
    width = backbone.embed_dim
    lora = None
    if options.tower == "lora":
        lora = TowerLora(backbone.clip.visual, rank=options.rank, alpha=options.alpha)
    return ClipLora(
        backbone,
        Comparison.of(config),
        len(config.labels),
        temporal=ClassTokenTransformer(width, config.frames, options, scale=width**0.5),
        lora=lora,
    )


METHOD = MethodEntry(ClipLora, ClipLoraOptions, build, lambda options: options.tower == "lora")
