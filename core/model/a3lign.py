"""A3lign-DFER: learned sentences and frames through one synchronizer."""

from collections.abc import Mapping, Set
from typing import Literal

import torch
from torch import Tensor, nn

from core.config import SynchronizerConfig
from core.model.backbone import FrozenClip
from core.model.comparison import Comparison
from core.model.method import Cues, Method, Phase, TextWork
from core.model.positions import Flow
from core.model.temporal import TemporalTransformer
from core.model.tokens import AlignmentTokens


class A3lign(Method):
    """The paper's model (section 3, Figure 2), in any of its three phases.

    With ``f^T`` the sentence features of the tokens and ``f^V`` the frame features::

        phase    class vector t_i                  video vector v
        text     text_encoder(f^T_i,1..S)          mean of f^V_1..T
        video    text_encoder(f^T_i,1..S)          video_encoder(f^V_1..T)
        joint    synchronizer(f^T_i,1..S)          synchronizer(f^V_1..T)

        s_i = cos(v, t_i),   p(i) = softmax_i(s_i / τ)

    Deviation: the paper swaps the two encoders for the synchronizer at once, whose verdicts are
    poor at first. While step 3 begins, its verdicts are blended (ours) with those that the step
    before reached, from none of its own (``handover`` 0) to nothing else (1); it is trained by its
    own alone. The finished model is the paper's.

    Args:
        backbone: The frozen CLIP.
        comparison: Similarity and temperature.
        tokens: The learnable sentences (MAT).
        text_encoder: The text dynamic encoder of step 1.
        video_encoder: The video dynamic encoder of step 2.
        synchronizer: The joint one of step 3 (JAS).
        settings: How step 3 begins, and with ``text_head`` ``own`` that text never goes through
            the synchronizer (A14).
    """

    TITLE = "A3lign-DFER"
    # The steps of the Bidirectional Alignment Training Paradigm (BAP).
    PHASES = (
        Phase("text", frozenset({"tokens", "text_encoder"}), grows="text_encoder"),
        Phase(
            "video", frozenset({"tokens", "text_encoder", "video_encoder"}), grows="video_encoder"
        ),
        Phase(
            "joint",
            frozenset({"tokens", "text_encoder", "synchronizer"}),
            grows="synchronizer",
            blends=True,
        ),
    )
    TEXT_PARTS = frozenset({"tokens"})
    UNDECAYED = frozenset({"comparison", "tokens"})

    def __init__(
        self,
        backbone: FrozenClip,
        comparison: Comparison,
        *,
        tokens: AlignmentTokens,
        text_encoder: TemporalTransformer,
        video_encoder: TemporalTransformer,
        synchronizer: TemporalTransformer,
        settings: SynchronizerConfig,
    ) -> None:
        super().__init__(backbone, comparison)
        self.tokens = tokens
        self.text_encoder = text_encoder
        self.video_encoder = video_encoder
        self.synchronizer = synchronizer
        self.settings = settings
        self.text_head: Literal["joint", "own"] = settings.text_head
        # Class vectors of the step before the joint one: they stay while the tokens move on.
        classes, sentences = self.sentence_shape
        vectors = sentences if settings.pooling == "per-step" else 1
        self.register_buffer("before", torch.zeros(classes, vectors, backbone.embed_dim))

    @property
    def sentence_shape(self) -> tuple[int, int]:
        """See ``Method``."""
        classes, sentences = self.tokens.embeddings.shape[:2]
        return classes, sentences

    def encode_sentences(self, rows: slice) -> Tensor:
        """See ``Method``."""
        return self.tokens.encode(self.backbone, rows)

    def learned_tokens(self) -> Tensor:
        """See ``Method``."""
        return self.tokens.embeddings

    def align_text(self, sentences: Tensor) -> Tensor:
        """See ``Method``."""
        shared = self.phase == "joint" and self.text_head == "joint"
        encoder = self.synchronizer if shared else self.text_encoder
        aligned: Tensor = encoder(sentences, "text")
        return aligned

    def video_vectors(self, features: Tensor) -> Tensor:
        """See ``Method``."""
        return self._video_vectors(features, self.phase)

    def _video_vectors(self, features: Tensor, phase: str) -> Tensor:
        if phase == "text":
            return features.mean(1, keepdim=True)
        encoder = self.synchronizer if phase == "joint" else self.video_encoder
        aligned: Tensor = encoder(features, "video")
        return aligned

    def similarities(self, features: Tensor, classes: Tensor, cues: Cues | None = None) -> Tensor:
        """See ``Method``; during the hand-over blended, but never while training."""
        own = super().similarities(features, classes, cues)
        if self.training or self.handover >= 1.0:
            return own
        video = self._video_vectors(features, self.before_phase)
        before: Tensor = self.comparison(video, self.get_buffer("before"))
        return torch.lerp(before, own, self.handover)

    def temporal(self, flow: Flow) -> TemporalTransformer | None:
        """See ``Method``; step 1 averages the frames of a video and has no layers for them."""
        if flow == "text" and (self.phase != "joint" or self.text_head == "own"):
            return self.text_encoder
        if self.phase == "joint":
            return self.synchronizer
        return self.video_encoder if self.phase == "video" else None

    @property
    def class_bound_parts(self) -> frozenset[str]:
        """See ``Method``."""
        return frozenset({"tokens"})

    def text_work(self, trained: Set[str]) -> TextWork:
        """See ``Method``."""
        aligning = {"text_encoder"} | ({"synchronizer"} if self.text_head == "joint" else set())
        work = super().text_work(trained)
        return "aligned" if work == "constant" and trained & aligning else work

    def first_layers(self, phase: Phase) -> int:
        """The synchronizer starts with its copied layers; copied ones of any origin all at once."""
        if phase.name != "joint":
            return 1
        return max(self.settings.copied_layers, 1) if self.settings.rest == "new" else self.layers

    @property
    def layers(self) -> int:
        """Layers of the synchronizer."""
        return len(self.synchronizer.blocks)

    def begin_phase(self, phase: Phase, *, restart_text: bool) -> None:
        """See ``Method``."""
        if phase.name == "joint":
            with torch.no_grad():
                self.before = self.class_vectors()
            self.synchronize_modules(copied=self.settings.copied_layers, rest=self.settings.rest)
            if restart_text:
                self.tokens.restart()

    def parts(self) -> Mapping[str, nn.Module]:
        """See ``Method``; only the modules that the phase uses."""
        modules: dict[str, nn.Module] = {"comparison": self.comparison, "tokens": self.tokens}
        if self.phase == "joint":
            modules["synchronizer"] = self.synchronizer
        if self.phase != "joint" or self.text_head == "own":
            modules["text_encoder"] = self.text_encoder
        if self.phase == "video":
            modules["video_encoder"] = self.video_encoder
        return modules

    def synchronize_modules(self, *, copied: int, rest: str) -> None:
        """Start the synchronizer from the encoders (Figure 2c, "Module Synchronization").

        Args:
            copied: How many of the video encoder's first blocks become the first blocks.
            rest: Origin of the others (A12): ``new`` keeps them the identity, ``text`` and
                ``video`` copy those encoders' blocks.
        """
        blocks = self.synchronizer.blocks
        origins = list(self.video_encoder.blocks[:copied])
        if rest == "text":
            origins += list(self.text_encoder.blocks)
        elif rest == "video":
            origins += list(self.video_encoder.blocks[copied:])
        for block, origin in zip(blocks, origins, strict=False):
            block.load_state_dict(origin.state_dict())
        self.synchronizer.positions.copy_from(
            text=self.text_encoder.positions, video=self.video_encoder.positions
        )
        if self.synchronizer.cls is not None and self.video_encoder.cls is not None:
            self.synchronizer.cls.data.copy_(self.video_encoder.cls.data)
