"""CoCoOp: CoOp whose context a small network shifts for every clip.

Zhou et al., "Conditional Prompt Learning for Vision-Language Models" (CVPR 2022), made for images;
here the condition is the mean of the clip's frames. The text tower runs for every clip, also when
predicting, so it cannot be left out as with the other methods.
"""

from collections.abc import Mapping

import torch.nn.functional as F
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from core.config import ModelConfig, Positive
from core.model.backbone import FrozenClip
from core.model.comparison import Comparison
from core.model.method import Cues, MethodEntry, Phase
from core.model.methods.coop import CoOp, CoOpOptions, build_prompts
from core.model.prompts import ContextPrompts
from core.model.registry import read_options
from core.settings import STRICT


@dataclass(frozen=True, config=STRICT)
class CoCoOpOptions(CoOpOptions):
    """Settings of CoCoOp; the defaults are its authors'.

    Attributes:
        reduction: The network's hidden layer is this many times narrower than a feature.
    """

    context: Positive = 4
    words: str = "a photo of a"
    reduction: Positive = 16


class CoCoOp(CoOp):
    """``t_i(x) = TextEncoder([start] c_1 + π(v) … c_M + π(v) name_i [end])``.

    Args:
        backbone: The frozen CLIP.
        comparison: Similarity and temperature.
        prompts: Context and names.
        meta: ``π``, from a clip's mean feature ``(B, D)`` to a shift ``(B, W)``.
        class_specific: Whether the context belongs to the classes.
    """

    TITLE = "CoCoOp"
    PHASES = (Phase("train", frozenset({"prompts", "meta"})),)
    # What training changes is read for every clip anew, in ``similarities``.
    TEXT_PARTS = frozenset()

    def __init__(
        self,
        backbone: FrozenClip,
        comparison: Comparison,
        prompts: ContextPrompts,
        meta: nn.Module,
        *,
        class_specific: bool,
    ) -> None:
        super().__init__(backbone, comparison, prompts, class_specific=class_specific)
        self.meta = meta

    def similarities(self, features: Tensor, classes: Tensor, cues: Cues | None = None) -> Tensor:  # noqa: ARG002
        """See ``Method``; ``classes`` are those without a shift and are not used."""
        clips = F.normalize(features.mean(1), dim=-1)
        vectors = self.prompts.encode_shifted(self.backbone, self.meta(clips))
        return self.comparison.each(clips, vectors)

    def parts(self) -> Mapping[str, nn.Module]:
        """See ``Method``."""
        return {**super().parts(), "meta": self.meta}


def build(config: ModelConfig, backbone: FrozenClip) -> CoCoOp:
    """Build the model; see ``build_model``."""
    options: CoCoOpOptions = read_options(config)
    hidden = max(backbone.embed_dim // options.reduction, 1)
    meta = nn.Sequential(
        nn.Linear(backbone.embed_dim, hidden),
        nn.ReLU(),
        nn.Linear(hidden, backbone.token_width),
    )
    return CoCoOp(
        backbone,
        Comparison.of(config),
        build_prompts(config, backbone, options),
        meta,
        class_specific=options.class_specific,
    )


METHOD = MethodEntry(CoCoOp, CoCoOpOptions, build)
