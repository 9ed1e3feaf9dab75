"""Linear probe: how far do the frozen features alone go?

Logistic regression on the mean frame feature, the row that any training has to beat (Radford et
al., "Learning Transferable Visual Models From Natural Language Supervision", ICML 2021, section
3.2). Different here:

* Features have unit length times √D, as those of the other methods; theirs are not normalised.
* It is trained by the harness's optimiser and its weight decay; theirs by L-BFGS with a search for
  the regularisation on validation data (``ablate --vary weight_decay=[…]`` is one).
"""

from collections.abc import Mapping

from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from core.config import ModelConfig
from core.model.backbone import FrozenClip
from core.model.comparison import Comparison
from core.model.method import MethodEntry, Phase
from core.model.probed import Probed
from core.settings import STRICT


@dataclass(frozen=True, config=STRICT)
class LinearProbeOptions:
    """It has none."""


class LinearProbe(Probed):
    """``v = √D`` times the mean frame, ``logits = W v + b``."""

    TITLE = "Linear probe"
    PHASES = (Phase("train", frozenset({"head"})),)

    def video_vectors(self, features: Tensor) -> Tensor:
        """See ``Method``."""
        video: Tensor = features.mean(1, keepdim=True) * features.shape[-1] ** 0.5
        return video

    def parts(self) -> Mapping[str, nn.Module]:
        """See ``Method``."""
        return {"comparison": self.comparison, "head": self.head}


def build(config: ModelConfig, backbone: FrozenClip) -> LinearProbe:
    """Build the model; see ``build_model``."""
    return LinearProbe(backbone, Comparison.of(config), len(config.labels))


METHOD = MethodEntry(LinearProbe, LinearProbeOptions, build)
