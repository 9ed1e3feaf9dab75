"""The learnable sentences of each class."""

import torch
from torch import Tensor, nn

from core.model.backbone import FrozenClip

PERIOD = "."


class AlignmentTokens(nn.Module):
    """The paper's Multi-dimensional Alignment Tokens (MAT), section 3.2 and Figure 2b.

    Every class has ``S`` sentences of ``L`` learnable token embeddings and no word at all::

        M ∈ R^{K×S×L×W}
        f_ij = TextEncoder([start] M_ij1 … M_ijL [.] [end])

    Start, period and end keep CLIP's frozen embeddings (A6: the paper counts them off the 77
    positions); the end is the read-out.

    Args:
        backbone: The frozen CLIP whose text tower reads the sentences.
        classes: ``K``.
        sentences: ``S``.
        tokens: ``L``, at most 74.
        deviation: Standard deviation of the normal start (A5, not stated; 0.02 follows CoOp).
        descriptions: ``K`` texts to start from instead of noise alone: their words are repeated
            over the ``L`` places and noise of ``deviation`` is added.
    """

    def __init__(
        self,
        backbone: FrozenClip,
        *,
        classes: int,
        sentences: int,
        tokens: int,
        deviation: float,
        descriptions: list[str] | None = None,
    ) -> None:
        super().__init__()
        self.deviation = deviation
        start = torch.randn(classes, sentences, tokens, backbone.token_width) * deviation
        if descriptions is not None:
            start += _words(backbone, descriptions, tokens)[:, None]
        self.embeddings = nn.Parameter(start)  # (K, S, L, W)

    def forward(self, backbone: FrozenClip) -> Tensor:
        """Encode every sentence.

        Returns:
            ``(K, S, D)`` float32 text features of unit length.
        """
        classes, sentences = self.embeddings.shape[:2]
        return self.encode(backbone, slice(None)).view(classes, sentences, -1)  # (K, S, D)

    def restart(self) -> None:
        """Draw all tokens anew (A13: "retrain MAT")."""
        nn.init.normal_(self.embeddings, std=self.deviation)

    def encode(self, backbone: FrozenClip, rows: slice) -> Tensor:
        """Encode some of the ``K·S`` sentences, counted class by class: ``(n, D)``."""
        flat = self.embeddings.flatten(0, 1)[rows]  # (n, L, W)
        frame = self._frame(backbone).expand(len(flat), -1, -1)
        whole = torch.cat([frame[:, :1], flat, frame[:, 1:]], dim=1)  # (n, L+3, W)
        return backbone.encode_tokens(whole, end=flat.shape[1] + 2)  # (n, D)

    @staticmethod
    def _frame(backbone: FrozenClip) -> Tensor:
        """Frozen embeddings of start, period and end, ``(1, 3, W)``."""
        return backbone.embed_ids(backbone.tokenize([PERIOD])[:, :3])


def _words(backbone: FrozenClip, descriptions: list[str], tokens: int) -> Tensor:
    """Token embeddings of each description, repeated or cut to ``(K, L, W)``."""
    rows = []
    for ids in backbone.tokenize(descriptions):
        end = int(ids.argmax())
        words = backbone.embed_ids(ids[1:end][None])[0]  # (n, W)
        repeats = -(-tokens // len(words))
        rows.append(words.repeat(repeats, 1)[:tokens])
    return torch.stack(rows)
