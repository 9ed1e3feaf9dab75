"""CoOp: learned context before the class name, compared with the mean frame.

Zhou et al., "Learning to Prompt for Vision-Language Models" (IJCV 2022), made for images; on video
the frames are averaged, as the A3lign paper's Table 2 must have done in some way that it does not
state. Class names stand at the end, CoOp's default; the preset puts the public code's full stop
after them. Its rate changes from epoch to epoch and is 1e-5 in the first; here it falls with each
step.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from core.config import ModelConfig, Positive
from core.model.backbone import FrozenClip
from core.model.comparison import Comparison
from core.model.method import MethodEntry, Phase
from core.model.prompted import Prompted
from core.model.prompts import ContextPrompts
from core.model.registry import read_options
from core.settings import STRICT


@dataclass(frozen=True, config=STRICT)
class CoOpOptions:
    """Settings of CoOp; the defaults are its authors'.

    Attributes:
        context: Learned tokens.
        class_specific: Whether every class has a context of its own; only a shared one can be
            asked about classes that it was not trained on.
        deviation: Standard deviation of the random start.
        words: Text to start from instead, at least ``context`` tokens long; empty for none.
        full_stop: Whether a full stop follows the class name, as in the authors' code.
    """

    context: Positive = 16
    class_specific: bool = False
    deviation: Annotated[float, Field(gt=0)] = 0.02
    words: str = ""
    full_stop: bool = False


class CoOp(Prompted):
    """``t_i = TextEncoder([start] c_1 … c_M name_i [end])``, ``v`` = mean of the frames."""

    TITLE = "CoOp"
    PHASES = (Phase("train", frozenset({"prompts"})),)

    def video_vectors(self, features: Tensor) -> Tensor:
        """See ``Method``."""
        return features.mean(1, keepdim=True)

    def parts(self) -> Mapping[str, nn.Module]:
        """See ``Method``."""
        return {"comparison": self.comparison, "prompts": self.prompts}


def build_prompts(
    config: ModelConfig, backbone: FrozenClip, options: CoOpOptions
) -> ContextPrompts:
    """The context before the class names."""
    return ContextPrompts(
        backbone,
        [label + "." * options.full_stop for label in config.labels],
        context=options.context,
        specific=options.class_specific,
        deviation=options.deviation,
        words=options.words,
    )


def build(config: ModelConfig, backbone: FrozenClip) -> CoOp:
    """Build the model; see ``build_model``."""
    options: CoOpOptions = read_options(config)
    prompts = build_prompts(config, backbone, options)
    return CoOp(backbone, Comparison.of(config), prompts, class_specific=options.class_specific)


METHOD = MethodEntry(CoOp, CoOpOptions, build)
