"""Methods whose classes are learned vectors, without a word about them: probes."""

import torch
from torch import Tensor, nn

from core.model.backbone import FrozenClip
from core.model.comparison import Comparison
from core.model.method import Cues, Method


class ClassHead(nn.Module):
    """A linear classifier, ``W x + b``.

    Args:
        width: ``D``.
        classes: ``K``.
    """

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(classes, width) * 0.01)
        self.bias = nn.Parameter(torch.zeros(classes))


class Probed(Method):
    """The class side that probes share: ``logit_i = w_i · v + b_i``.

    Class vectors are the rows of ``W``, and ``similarities`` are logits times τ, so that logits,
    confidence and calibration mean what they mean everywhere; τ itself changes nothing.

    Args:
        backbone: The frozen CLIP.
        comparison: Holds the temperature.
        classes: ``K``.
    """

    # The rows of W stand where others have sentences.
    TEXT_PARTS = frozenset({"head"})
    KNOWS_WORDS = False

    def __init__(self, backbone: FrozenClip, comparison: Comparison, classes: int) -> None:
        super().__init__(backbone, comparison)
        self.head = ClassHead(backbone.embed_dim, classes)

    @property
    def sentence_shape(self) -> tuple[int, int]:
        """See ``Method``; one vector per class."""
        return len(self.head.weight), 1

    def encode_sentences(self, rows: slice) -> Tensor:
        """See ``Method``; rows of ``W``, of any length, in memory of their own to be stored."""
        return self.head.weight[rows].clone()

    def similarities(self, features: Tensor, classes: Tensor, cues: Cues | None = None) -> Tensor:  # noqa: ARG002
        """See ``Method``; not bounded, as logits are not."""
        video = self.video_vectors(features)[:, 0]
        with torch.autocast(video.device.type, enabled=False):
            logits = video.float() @ classes[:, 0].float().T + self.head.bias
            return logits / self.comparison.log_scale.detach().exp()

    @property
    def class_bound_parts(self) -> frozenset[str]:
        """See ``Method``."""
        return frozenset({"head"})
