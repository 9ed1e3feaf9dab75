"""A3lign-DFER: learned sentences and frames through one synchronizer."""

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn

from core.model.backbone import FrozenClip
from core.model.method import Comparison, Method
from core.model.temporal import TemporalTransformer
from core.model.tokens import AlignmentTokens

# Which flows exist: after which step of the training the weights were taken.
Phase = Literal["text", "video", "joint"]


class A3lign(Method):
    """The paper's model (section 3, Figure 2), in any of its three phases.

    With ``f^T`` the sentence features of the tokens and ``f^V`` the frame features::

        phase    class vector t_i                  video vector v
        text     text_encoder(f^T_i,1..S)          mean of f^V_1..T
        video    text_encoder(f^T_i,1..S)          video_encoder(f^V_1..T)
        joint    synchronizer(f^T_i,1..S)          synchronizer(f^V_1..T)

        s_i = cos(v, t_i),   p(i) = softmax_i(s_i / τ)

    Deviation: the paper swaps the two encoders for the synchronizer at once, which throws the
    function away that step 2 reached. ``handover`` (ours) blends from the old encoders (0) to the
    synchronizer (1) while step 3 begins; the finished model is the paper's.

    Args:
        backbone: The frozen CLIP.
        comparison: Similarity and temperature.
        tokens: The learnable sentences (MAT).
        text_encoder: The text dynamic encoder of step 1.
        video_encoder: The video dynamic encoder of step 2.
        synchronizer: The joint one of step 3 (JAS).
        text_head: ``joint``, or ``own``: text never goes through the synchronizer (A14).
    """

    def __init__(
        self,
        backbone: FrozenClip,
        comparison: Comparison,
        *,
        tokens: AlignmentTokens,
        text_encoder: TemporalTransformer,
        video_encoder: TemporalTransformer,
        synchronizer: TemporalTransformer,
        text_head: Literal["joint", "own"] = "joint",
    ) -> None:
        super().__init__(backbone, comparison)
        self.tokens = tokens
        self.text_encoder = text_encoder
        self.video_encoder = video_encoder
        self.synchronizer = synchronizer
        self.text_head = text_head
        self.phase: Phase = "joint"
        self.handover = 1.0

    def sentence_features(self) -> Tensor:
        """Sentence features before any temporal layer: ``(K, S, D)``, unit length."""
        features: Tensor = self.tokens(self.backbone)
        return features

    def class_vectors(self) -> Tensor:
        """See ``Method``."""
        return self.align_text(self.sentence_features())

    def align_text(self, sentences: Tensor) -> Tensor:
        """Class vectors ``(K, P, D)`` from sentence features ``(K, S, D)``."""
        if self.phase != "joint" or self.text_head == "own":
            aligned: Tensor = self.text_encoder(sentences, "text")
            return aligned
        return self._hand_over(sentences, "text", self.text_encoder)

    def video_vectors(self, features: Tensor) -> Tensor:
        """See ``Method``."""
        if self.phase == "text":
            return features.mean(1, keepdim=True)
        if self.phase == "video":
            aligned: Tensor = self.video_encoder(features, "video")
            return aligned
        return self._hand_over(features, "video", self.video_encoder)

    def _hand_over(
        self, x: Tensor, flow: Literal["text", "video"], before: TemporalTransformer
    ) -> Tensor:
        after: Tensor = self.synchronizer(x, flow)
        if self.handover >= 1.0:
            return after
        old: Tensor = before(x, flow)
        return torch.lerp(old, after, self.handover)

    def parts(self) -> Mapping[str, nn.Module]:
        """See ``Method``; only the modules that the phase uses."""
        modules: dict[str, nn.Module] = {"comparison": self.comparison, "tokens": self.tokens}
        if self.phase == "joint" and self.handover >= 1.0:
            if self.text_head == "own":
                modules["text_encoder"] = self.text_encoder
            return modules | {"synchronizer": self.synchronizer}
        modules["text_encoder"] = self.text_encoder
        if self.phase != "text":
            modules["video_encoder"] = self.video_encoder
        if self.phase == "joint":
            modules["synchronizer"] = self.synchronizer
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
