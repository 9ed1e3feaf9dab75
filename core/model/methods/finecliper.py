"""FineCLIPER, as far as it is published: both sides of each description, adapters, three cues.

"FineCLIPER: Multi-modal Fine-grained CLIP for Dynamic Facial Expression Recognition with AdaptERs"
(arXiv 2407.02157, ACM MM 2024). No public code was found, and what we could read states ideas, not
sizes; so this is inspired by the paper and does not reproduce it.

Theirs: class labels extended to positive and negative descriptions, supervised by similarity in
CLIP; adapters in a frozen CLIP; three levels of cues: frames (low), masks of the face's parts and
landmarks per frame (middle), captions of the facial change (high).

Ours:

* ``s_i = cos(v, p_i) - w cos(v, n_i)`` under one cross-entropy, where ``p`` and ``n`` are the mean
  positive and negative sentence; the wording; "a face without …" as the negation of an action.
* Where the adapters sit (after every block or stage), their width, and one on the text features.
* Layers over time: one of A3lign's blocks with positions, averaged.
* Masks and landmarks are drawn, and the plain frozen image tower encodes the drawings; linear maps
  that start at zero add them to the frames' features, and the captions' to the clip's.
* Cues of a clip are left out at random while training, so that a clip without any, such as a live
  one, is answered too.
"""

from collections.abc import Mapping, Set
from functools import partial
from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from core.config import ModelConfig
from core.descriptions import describe
from core.errors import ConfigError
from core.model.adapters import Adapter, TowerAdapters
from core.model.backbone import FrozenClip
from core.model.comparison import Comparison
from core.model.method import Cues, Method, MethodEntry, Phase, TextWork
from core.model.positions import Flow, Positions
from core.model.registry import read_options
from core.model.temporal import TemporalBlock, TemporalTransformer
from core.model.temporal_sizes import TemporalSizes
from core.settings import STRICT

DRAWN, TOLD = ("parts", "landmarks"), "captions"
Share = Annotated[float, Field(ge=0, lt=1)]


@dataclass(frozen=True, config=STRICT)
class FineCliperOptions(TemporalSizes):
    """Settings of FineCLIPER; the defaults are ours.

    Attributes:
        adapters: In the image ``tower``, where training needs pictures, or ``none`` there.
        bottleneck: Width inside every adapter.
        negative_weight: ``w``; 0 goes without the negative descriptions.
        descriptions: What each class shows; empty for ours.
        negatives: What it does not show, as many texts as ``descriptions``; empty for "a face
            without" each description.
        cue_dropout: Share of the clips that are trained as if they had no cues.
    """

    adapters: Literal["tower", "none"] = "tower"
    bottleneck: Annotated[int, Field(ge=1, le=1024)] = 64
    negative_weight: Annotated[float, Field(ge=0)] = 1.0
    descriptions: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    negatives: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    cue_dropout: Share = 0.5


class CueLevels(nn.Module):
    """Adds what is known of a clip to its features; zeros, and no cue, add nothing.

    Args:
        width: ``D``.
        dropout: Share of the clips that lose their cues while training.
    """

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.maps = nn.ModuleDict({n: nn.Linear(width, width, bias=False) for n in (*DRAWN, TOLD)})
        for parameter in self.parameters():
            nn.init.zeros_(parameter)

    def kept(self, cues: Cues | None) -> dict[str, Tensor]:
        """The cues that this pass may use."""
        if not cues or not self.training:
            return dict(cues or {})
        count = len(next(iter(cues.values())))
        keep = (torch.rand(count) >= self.dropout).float()
        return {
            name: cue * keep.to(cue.device).view(-1, *[1] * (cue.ndim - 1))
            for name, cue in cues.items()
        }

    def forward(self, features: Tensor, cues: Cues, names: tuple[str, ...]) -> Tensor:
        """Add the named cues to features of the same shape."""
        for name in names:
            if name in cues:
                features = features + self.maps[name](cues[name])
        return features


class FineCliper(Method):
    """Frames, and what is known of them, against what each class shows and does not show.

    Args:
        backbone: The frozen CLIP.
        comparison: Similarity and temperature.
        sentences: For each class ``n`` positive texts, then ``n`` negative ones.
        options: The settings.
        frames: ``T``.
    """

    TITLE = "FineCLIPER (inspired)"
    PHASES = (
        Phase("train", frozenset({"adapters", "text_adapter", "temporal_model", "cue_levels"})),
    )

    def __init__(
        self,
        backbone: FrozenClip,
        comparison: Comparison,
        sentences: list[tuple[str, ...]],
        options: FineCliperOptions,
        frames: int,
    ) -> None:
        super().__init__(backbone, comparison)
        width = backbone.embed_dim
        self.sentences, self.negative_weight = sentences, options.negative_weight
        self.adapters = (
            TowerAdapters(backbone.clip.visual, options.bottleneck)
            if options.adapters == "tower"
            else None
        )
        self.text_adapter = Adapter(width, options.bottleneck)
        self.cue_levels = CueLevels(width, options.cue_dropout)
        block = partial(
            TemporalBlock,
            width,
            heads=options.heads,
            head_width=options.head_width,
            feedforward=options.feedforward,
            dropout=options.dropout,
        )
        self.temporal_model = TemporalTransformer(
            width,
            block=block,
            layers=options.layers,
            positions=Positions("shared", frames, width),
            pooling="mean",
        )

    @property
    def sentence_shape(self) -> tuple[int, int]:
        """See ``Method``."""
        return len(self.sentences), len(self.sentences[0])

    def plain_sentences(self) -> list[tuple[str, ...]]:
        """See ``Method``."""
        return self.sentences

    def encode_sentences(self, rows: slice) -> Tensor:
        """See ``Method``."""
        flat = [text for texts in self.sentences for text in texts]
        return self.backbone.encode_texts(flat[rows])

    def align_text(self, sentences: Tensor) -> Tensor:
        """See ``Method``: ``p_i - w n_i`` of unit vectors, so that one product gives ``s_i``."""
        adapted = self.text_adapter(sentences)
        half = adapted.shape[1] // 2
        shown, absent = (
            F.normalize(part.mean(1, keepdim=True), dim=-1)
            for part in (adapted[:, :half], adapted[:, half:])
        )
        return shown - self.negative_weight * absent

    def text_work(self, trained: Set[str]) -> TextWork:
        """See ``Method``; the sentences themselves are fixed."""
        return "aligned" if "text_adapter" in trained else "constant"

    @property
    def has_own_tower(self) -> bool:
        """See ``Method``."""
        return self.adapters is not None

    def encode_frames(self, pixels: Tensor) -> Tensor:
        """See ``Method``."""
        if self.adapters is None:
            return self.backbone.encode_frames(pixels)
        features: Tensor = self.adapters(self.backbone.clip.visual, pixels)
        return features

    def video_vectors(self, features: Tensor) -> Tensor:
        """See ``Method``."""
        video: Tensor = self.temporal_model(features, "video")
        return video

    def similarities(self, features: Tensor, classes: Tensor, cues: Cues | None = None) -> Tensor:
        """See ``Method``; -2..2 with a weight of 1."""
        known = self.cue_levels.kept(cues)
        video = self.video_vectors(self.cue_levels(features, known, DRAWN))[:, 0]
        video = self.cue_levels(video, known, (TOLD,))
        with torch.autocast(video.device.type, enabled=False):
            return F.normalize(video.float(), dim=-1) @ classes[:, 0].float().T

    def temporal(self, flow: Flow) -> TemporalTransformer | None:
        """See ``Method``."""
        return self.temporal_model if flow == "video" else None

    def parts(self) -> Mapping[str, nn.Module]:
        """See ``Method``."""
        parts: dict[str, nn.Module] = {
            "comparison": self.comparison,
            "text_adapter": self.text_adapter,
            "cue_levels": self.cue_levels,
            "temporal_model": self.temporal_model,
        }
        return parts if self.adapters is None else parts | {"adapters": self.adapters}


def sentences_of(labels: tuple[str, ...], options: FineCliperOptions) -> list[tuple[str, ...]]:
    """For each class its positive texts and then as many negative ones."""
    shown = describe(labels, options.descriptions)
    absent = [tuple(f"a face without {text}" for text in texts) for texts in shown]
    if options.negatives:
        absent = describe(labels, options.negatives)
    if len(absent[0]) != len(shown[0]):
        raise ConfigError(
            f"{len(shown[0])} descriptions but {len(absent[0])} negatives per class; give as many"
        )
    positive = [
        tuple(f"a face showing {label}: {text}" for text in texts)
        for label, texts in zip(labels, shown, strict=True)
    ]
    return [one + other for one, other in zip(positive, absent, strict=True)]


def build(config: ModelConfig, backbone: FrozenClip) -> FineCliper:
    """Build the model; see ``build_model``."""
    options: FineCliperOptions = read_options(config)
    sentences = sentences_of(config.labels, options)
    return FineCliper(backbone, Comparison.of(config), sentences, options, config.frames)


METHOD = MethodEntry(
    FineCliper, FineCliperOptions, build, lambda options: options.adapters == "tower"
)
