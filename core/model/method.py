"""What every method of video-text recognition offers to prediction, training and the app."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

import torch
from torch import Tensor, nn

from core.config import ModelConfig
from core.model.backbone import FrozenClip
from core.model.comparison import Comparison
from core.model.positions import Flow

# How much of the text path a training step must run: all of it, only what follows the text tower,
# or nothing because nothing of it changes.
TextWork = Literal["trained", "aligned", "constant"]

# What may be known of clips beside their frames: tensors ``(B, …)`` by name, zeros where unknown.
Cues = Mapping[str, Tensor]


@dataclass(frozen=True)
class Phase:
    """One step of a method's training.

    Attributes:
        name: Also the model's ``phase`` while it runs and in checkpoints made of it.
        trains: Parts that may be trained in it, beside the temperature.
        grows: The part whose layers can be added one by one; None if there is none.
        blends: Whether it takes over from the phase before by a blend (``Method.handover``); such
            a phase comes last.
    """

    name: str
    trains: frozenset[str]
    grows: str | None = None
    blends: bool = False


class TemporalLayers(Protocol):
    """Layers over time that can be looked into."""

    def steps(self, x: Tensor, flow: Flow) -> Tensor:
        """``(B, T, D)`` to the steps before pooling; a class token comes first."""

    def attention(self, x: Tensor, flow: Flow) -> list[Tensor]:
        """``(B, H, T, T)`` of every layer; a class token comes first."""


class Method(nn.Module, ABC):
    """Compares a clip's frame features with what it knows of each class.

    A subclass says how classes become vectors (``encode_sentences``, ``align_text``), how a clip
    becomes one (``video_vectors``), what is stored (``parts``) and what training may change
    (``PHASES``). Everything else has a default that fits a frozen backbone with ordinary texts.

    Args:
        backbone: The frozen CLIP that makes the features.
        comparison: Similarity and temperature.
    """

    # Name for people.
    TITLE: ClassVar[str]
    # Steps of its training, in order; none for a method that is not trained.
    PHASES: ClassVar[tuple[Phase, ...]] = ()
    # Parts that the sentences depend on: while they are trained, text is encoded at each step.
    TEXT_PARTS: ClassVar[frozenset[str]] = frozenset()
    # Whether texts, or learned tokens among them, describe the classes; else they are vectors.
    KNOWS_WORDS: ClassVar[bool] = True
    # Parts without weight decay.
    UNDECAYED: ClassVar[frozenset[str]] = frozenset({"comparison"})

    def __init__(self, backbone: FrozenClip, comparison: Comparison) -> None:
        super().__init__()
        self.backbone = backbone
        self.comparison = comparison
        self.phase = self.before_phase = self.PHASES[-1].name if self.PHASES else "untrained"
        # Share of the phase's own function while it takes over from ``before_phase``.
        self.handover = 1.0

    # Text: constant while the weights are, so it is computed once and stored in checkpoints.

    @property
    @abstractmethod
    def sentence_shape(self) -> tuple[int, int]:
        """Classes ``K`` and sentences ``S`` of each."""

    @abstractmethod
    def encode_sentences(self, rows: slice) -> Tensor:
        """Text features of some of the ``K·S`` sentences, class by class: ``(n, D)``, unit."""

    def sentence_features(self) -> Tensor:
        """Sentence features before any temporal layer: ``(K, S, D)``, unit length."""
        return self.encode_sentences(slice(None)).view(*self.sentence_shape, -1)

    def align_text(self, sentences: Tensor) -> Tensor:
        """Class vectors ``(K, P, D)`` from sentence features ``(K, S, D)``."""
        return sentences.mean(1, keepdim=True)

    def class_vectors(self) -> Tensor:
        """What clips are compared with, ``(K, P, D)``; constant while the weights are.

        A method whose class vectors depend on the clip gives those that no clip has touched, and
        makes its own in ``similarities``.
        """
        return self.align_text(self.sentence_features())

    def learned_tokens(self) -> Tensor | None:
        """Learned token embeddings ``(K, S, L, W)``; None where all sentences are plain words."""
        return None

    def plain_sentences(self) -> list[tuple[str, ...]] | None:
        """The sentences of each class as people read them; None where tokens were learned."""
        return None

    # Clips.

    @property
    def has_own_tower(self) -> bool:
        """Whether frames pass weights of the method's own on their way to features.

        If so, features of the plain backbone do not fit it, and training it needs pictures.
        """
        return False

    def encode_frames(self, pixels: Tensor) -> Tensor:
        """Features ``(N, D)`` from ``(N, 3, h, w)`` preprocessed frames.

        Of unit length, unless the method has a tower of its own and is built for others.
        """
        return self.backbone.encode_frames(pixels)

    def clip_features(self, clips: Tensor) -> Tensor:
        """Features ``(B, T, D)``; pictures ``(B, T, 3, h, w)`` are encoded first.

        Stills and short clips repeat frames one after the other; those pass the tower once.
        """
        if clips.ndim == 3:
            return clips
        is_new = torch.ones(clips.shape[:2], dtype=torch.bool, device=clips.device)
        is_new[:, 1:] = (clips[:, 1:] != clips[:, :-1]).flatten(2).any(-1)
        features = self.encode_frames(clips[is_new])
        return features[is_new.flatten().cumsum(0) - 1].view(*clips.shape[:2], -1)

    @abstractmethod
    def video_vectors(self, features: Tensor) -> Tensor:
        """Turn ``(B, T, D)`` frame features into ``(B, P, D)``."""

    def similarities(self, features: Tensor, classes: Tensor, cues: Cues | None = None) -> Tensor:  # noqa: ARG002
        """Similarity of clips with each class.

        Args:
            features: ``(B, T, D)`` frame features.
            classes: ``class_vectors()``.
            cues: What else is known of the clips; a method may need none.

        Returns:
            ``(B, K)``.
        """
        similarities: Tensor = self.comparison(self.video_vectors(features), classes)
        return similarities

    def forward(
        self, clips: Tensor, classes: Tensor | None = None, cues: Cues | None = None
    ) -> Tensor:
        """Logits of clips.

        Args:
            clips: ``(B, T, D)`` frame features or ``(B, T, 3, h, w)`` pictures.
            classes: ``class_vectors()`` if they are at hand; they cost a pass of the text tower.
            cues: See ``similarities``.

        Returns:
            ``(B, K)``.
        """
        classes = self.class_vectors() if classes is None else classes
        similarities = self.similarities(self.clip_features(clips), classes, cues)
        return self.comparison.logits(similarities)

    # Time.

    def temporal(self, flow: Flow) -> TemporalLayers | None:  # noqa: ARG002
        """The layers over time that a flow passes; None where it passes none."""
        return None

    @property
    def reads_order(self) -> bool:
        """Whether another order of a clip's frames can give another answer."""
        return self.temporal("video") is not None

    def steps(self, x: Tensor, flow: Flow) -> Tensor:
        """What each time step has become when it is compared: ``(B, T, D)`` to the same."""
        layers = self.temporal(flow)
        # A class token is a step of its own in front of the others.
        return x if layers is None else layers.steps(x, flow)[:, -x.shape[1] :]

    # Storage and training.

    @property
    def remembers(self) -> int:
        """Training clips of each class that ``remember`` wants to see before any training."""
        return 0

    def remember(self, features: Tensor, labels: Tensor) -> None:
        """Keep training clips: ``(n, T, D)`` frame features and their ``(n,)`` classes."""

    @abstractmethod
    def parts(self) -> Mapping[str, nn.Module]:
        """Modules beside the backbone that the function depends on: a checkpoint holds these."""

    @property
    def class_bound_parts(self) -> frozenset[str]:
        """Parts whose weights belong to the classes they were trained on; none: any will do."""
        return frozenset()

    def text_work(self, trained: Set[str]) -> TextWork:
        """How much of the text path depends on the parts that are trained."""
        return "trained" if trained & self.TEXT_PARTS else "constant"

    def first_layers(self, phase: Phase) -> int:  # noqa: ARG002
        """Layers of the growing part at the start of a phase."""
        return 1

    def begin_phase(self, phase: Phase, *, restart_text: bool) -> None:
        """Set up what a phase starts from that follows another; only when it starts.

        Args:
            phase: The one that begins.
            restart_text: Draw what is learned of the sentences anew.
        """


@dataclass(frozen=True)
class MethodEntry:
    """What a module of ``core.model.methods`` declares as ``METHOD``.

    Attributes:
        model: The class.
        settings: Dataclass of its own settings, ``ModelConfig.options``.
        build: Makes a model with fresh weights from torch's global seed.
        has_own_tower: Whether models of some settings have (see ``Method.has_own_tower``), for
            who must know before there is a model. Required where that is ever so.
    """

    model: type[Method]
    settings: type[Any]
    build: Callable[[ModelConfig, FrozenClip], Method]
    has_own_tower: Callable[[Any], bool] = lambda _: False
