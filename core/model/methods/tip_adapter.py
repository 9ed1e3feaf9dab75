"""Tip-Adapter: a few training clips remembered beside zero-shot CLIP, without any training.

Zhang et al., "Tip-Adapter: Training-free Adaption of CLIP for Few-shot Classification" (ECCV 2022),
after its public code (gaopengcuhk/Tip-Adapter, MIT); every line is our own::

    logits = v · t / τ + α Σ_j exp(-β (1 - v · key_j)) value_j

with ``v`` the clip, ``t`` the texts of the classes, and for each of ``shots`` training clips per
class its feature as key and its class as value. Made for images; different here:

* A clip is the normalised mean of its frames, remembered from one plain view (theirs: the mean of
  ten augmented ones).
* α and β are settings with the code's first values; it then searches for the best on validation
  data (``ablate --vary options.alpha=[…]`` does).
* The variant that trains the keys (Tip-Adapter-F) is left out.
"""

from collections.abc import Mapping
from typing import Annotated

import torch
import torch.nn.functional as F
from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from core.config import ModelConfig
from core.errors import ConfigError
from core.model.backbone import FrozenClip
from core.model.comparison import Comparison
from core.model.method import Cues, MethodEntry
from core.model.methods.zero_shot import ZeroShot, ZeroShotOptions, sentences_of
from core.model.registry import read_options
from core.settings import STRICT


@dataclass(frozen=True, config=STRICT)
class TipAdapterOptions(ZeroShotOptions):
    """Settings of Tip-Adapter; the defaults are its authors'.

    Attributes:
        shots: Training clips of each class that are remembered.
        alpha: How much they count beside the texts.
        beta: How near a clip must be to one of them.
    """

    shots: Annotated[int, Field(ge=1, le=1024)] = 16
    alpha: Annotated[float, Field(ge=0, le=1000)] = 1.17
    beta: Annotated[float, Field(gt=0, le=1000)] = 1.0


class Cache(nn.Module):
    """Remembered clips; places that no clip took count nothing.

    Args:
        classes: ``K``.
        shots: Places of each class.
        width: ``D``.
    """

    def __init__(self, classes: int, shots: int, width: int) -> None:
        super().__init__()
        self.register_buffer("keys", torch.zeros(classes, shots, width))
        self.register_buffer("taken", torch.zeros(classes, shots))

    def fill(self, clips: Tensor, labels: Tensor) -> None:
        """Remember the first ``shots`` clips of each class.

        Args:
            clips: ``(n, D)``, unit length.
            labels: ``(n,)`` integer classes.
        """
        keys, taken = self.get_buffer("keys").zero_(), self.get_buffer("taken").zero_()
        for label in range(len(keys)):
            found = clips[labels == label][: keys.shape[1]]
            keys[label, : len(found)] = found
            taken[label, : len(found)] = 1.0

    def forward(self, clips: Tensor, beta: float) -> Tensor:
        """``(B, K)`` sums of ``exp(-β (1 - v · key))`` over each class's clips."""
        likeness = torch.einsum("bd,ksd->bks", clips, self.get_buffer("keys"))
        near = torch.exp(beta * (likeness - 1)) * self.get_buffer("taken")
        return near.sum(-1)


class TipAdapter(ZeroShot):
    """Zero-shot CLIP and what remembered clips add to it.

    Args:
        backbone: The frozen CLIP.
        comparison: Similarity and temperature.
        sentences: For each class its sentences.
        options: The settings.
    """

    TITLE = "Tip-Adapter"

    def __init__(
        self,
        backbone: FrozenClip,
        comparison: Comparison,
        sentences: list[tuple[str, ...]],
        options: TipAdapterOptions,
    ) -> None:
        super().__init__(backbone, comparison, sentences)
        self.alpha, self.beta = options.alpha, options.beta
        self.cache = Cache(len(sentences), options.shots, backbone.embed_dim)

    def video_vectors(self, features: Tensor) -> Tensor:
        """See ``Method``."""
        return F.normalize(features.mean(1, keepdim=True), dim=-1)

    def similarities(self, features: Tensor, classes: Tensor, cues: Cues | None = None) -> Tensor:
        """See ``Method``; what the remembered clips add is multiplied by τ, as texts are."""
        told = super().similarities(features, classes, cues)
        with torch.autocast(features.device.type, enabled=False):
            clips = self.video_vectors(features)[:, 0].float()
            added: Tensor = self.cache(clips, self.beta)
            return told + self.alpha * added / self.comparison.log_scale.exp()

    @property
    def remembers(self) -> int:
        """See ``Method``."""
        return int(self.cache.get_buffer("keys").shape[1])

    @torch.no_grad()
    def remember(self, features: Tensor, labels: Tensor) -> None:
        """See ``Method``."""
        self.cache.fill(self.video_vectors(features)[:, 0], labels)

    @property
    def class_bound_parts(self) -> frozenset[str]:
        """See ``Method``."""
        return frozenset({"cache"})

    def parts(self) -> Mapping[str, nn.Module]:
        """See ``Method``."""
        return {"comparison": self.comparison, "cache": self.cache}


# Numbers that the remembered clips may be made of, so that settings cannot ask for gigabytes.
MOST = 2**26


def build(config: ModelConfig, backbone: FrozenClip) -> TipAdapter:
    """Build the model; see ``build_model``."""
    options: TipAdapterOptions = read_options(config)
    numbers = len(config.labels) * options.shots * backbone.embed_dim
    if numbers > MOST:
        raise ConfigError(
            f"{options.shots} shots of {len(config.labels)} classes are {numbers} numbers; at most "
            f"{MOST} are possible"
        )
    sentences = sentences_of(config.labels, options)
    return TipAdapter(backbone, Comparison.of(config), sentences, options)


METHOD = MethodEntry(TipAdapter, TipAdapterOptions, build)
