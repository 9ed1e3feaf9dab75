"""A transformer over the time steps of a clip or the sentences of a class."""

from collections.abc import Callable, Iterable
from typing import Literal, cast

import torch
import torch.nn.functional as F
from open_clip.transformer import QuickGELU
from torch import Tensor, nn

from core.model.positions import Flow, Positions

Pooling = Literal["mean", "cls", "last", "per-step"]
BlockKind = Literal["dfer-clip", "dfer-clip-tanh", "clip"]
Place = Literal["blocks", "sequence"]


class TemporalBlock(nn.Module):
    """Pre-norm attention and feed-forward, as in DFER-CLIP's temporal model or in CLIP (A7).

    Unless told otherwise a new block is the identity: its two output projections start at zero
    (A10, ours), so that a layer added in the middle of training does not disturb what is already
    learned.

    Args:
        width: ``D``.
        heads: ``H``.
        head_width: Width of each head; ``H`` times it need not be ``D``.
        feedforward: Hidden width of the feed-forward part.
        dropout: Dropped share of each part's output.
        kind: ``dfer-clip``, the same with its code's ``-tanh`` approximation of GELU, or ``clip``
            with biases in attention and QuickGELU.
        start: Factor on the random start of the two output projections: 0 is the identity, 1 fits
            sequences of deviation 1, and what joins unit-length features at that size, √D times
            theirs, would drown them.
    """

    def __init__(
        self,
        width: int,
        *,
        heads: int,
        head_width: int,
        feedforward: int,
        dropout: float,
        kind: BlockKind = "dfer-clip",
        start: float = 0.0,
    ) -> None:
        super().__init__()
        inner = heads * head_width
        self.heads = heads
        self.norm_attention = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * inner, bias=kind == "clip")
        approximate = "tanh" if kind == "dfer-clip-tanh" else "none"
        self.activation = QuickGELU() if kind == "clip" else nn.GELU(approximate)
        self.attention_out = nn.Linear(inner, width)
        self.norm_feedforward = nn.LayerNorm(width)
        self.feedforward_in = nn.Linear(width, feedforward)
        self.feedforward_out = nn.Linear(feedforward, width)
        self.dropout = nn.Dropout(dropout)
        for layer in (self.attention_out, self.feedforward_out):
            for parameter in layer.parameters():
                parameter.data.mul_(start)

    def forward(self, x: Tensor, positions: Tensor | None) -> Tensor:
        """Map ``(B, T, D)`` to ``(B, T, D)``; ``positions`` is ``(T, D)``."""
        query, key, value = self._project(x, positions)
        attended = F.scaled_dot_product_attention(query, key, value)  # (B, H, T, D/H)
        x = x + self.dropout(self.attention_out(attended.transpose(1, 2).flatten(2)))
        hidden = self.activation(self.feedforward_in(self.norm_feedforward(x)))
        out: Tensor = x + self.dropout(self.feedforward_out(hidden))
        return out

    def attention(self, x: Tensor, positions: Tensor | None) -> Tensor:
        """Attention weights for the same input: ``(B, H, T, T)``, rows (queries) sum to one."""
        query, key, _ = self._project(x, positions)
        weights: Tensor = (query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5).softmax(-1)
        return weights

    def _project(self, x: Tensor, positions: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        read = self.norm_attention(x)
        if positions is not None:
            read = read + positions
        projected = self.query_key_value(read).unflatten(2, (3, self.heads, -1))
        query, key, value = projected.permute(2, 0, 3, 1, 4)  # each (B, H, T, D/H)
        return query, key, value


class TemporalTransformer(nn.Module):
    """Blocks over time with positions and a pooling rule.

    Args:
        width: ``D``.
        block: Makes a new block of that width.
        layers: Number of blocks.
        positions: Where each step stands.
        place: Positions are added to what the attention of all ``blocks`` reads (ours), or, as is
            standard, once to the ``sequence``: there at the features' own size, ``1/√D`` of the
            table's, and they are taken off again before pooling. Either way new blocks, positions
            included, are the identity.
        pooling: What ``forward`` returns: ``mean`` over the steps (A9), the ``last`` step, a
            ``cls`` token of its own, or every step (``per-step``).
    """

    def __init__(
        self,
        width: int,
        *,
        block: Callable[[], TemporalBlock],
        layers: int,
        positions: Positions,
        pooling: Pooling,
        place: Place = "blocks",
    ) -> None:
        super().__init__()
        self.pooling, self.place = pooling, place
        # While training grows the transformer, only its first ``depth`` blocks run; None: all.
        self.depth: int | None = None
        self.positions = positions
        self.blocks = nn.ModuleList(block() for _ in range(layers))
        self.cls = nn.Parameter(torch.randn(width) * 0.02) if pooling == "cls" else None

    def forward(self, x: Tensor, flow: Flow) -> Tensor:
        """Run the blocks and pool.

        Args:
            x: ``(B, T, D)``.
            flow: Which position table applies.

        Returns:
            ``(B, P, D)``: ``P`` is ``T`` for per-step pooling and 1 otherwise.
        """
        x = self.steps(x, flow)
        match self.pooling:
            case "mean":
                return x.mean(1, keepdim=True)
            case "cls":
                return x[:, :1]
            case "last":
                return x[:, -1:]
        return x

    def steps(self, x: Tensor, flow: Flow) -> Tensor:
        """Output of the last block before pooling: ``(B, T, D)``, one step more with ``cls``."""
        x, read, added = self._begin(x, flow)
        for block in self.active_blocks():
            x = block(x, read)
        return x if added is None else x - added

    def active_blocks(self) -> list[TemporalBlock]:
        """The blocks that run."""
        return list(cast(Iterable[TemporalBlock], self.blocks))[: self.depth]

    def attention(self, x: Tensor, flow: Flow) -> list[Tensor]:
        """Attention weights of every block for ``(B, T, D)``: ``(B, H, T, T)`` each."""
        x, read, _ = self._begin(x, flow)
        weights = []
        for block in self.active_blocks():
            weights.append(block.attention(x, read))
            x = block(x, read)
        return weights

    def _begin(self, x: Tensor, flow: Flow) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """The sequence, what every block adds to what it reads, and what was added already."""
        positions = self.positions(flow, x.shape[1])
        if self.cls is not None:
            # Starting at the mean of the steps, so that step 2 begins where step 1 ended here too.
            x = torch.cat([x.mean(1, keepdim=True) + self.cls, x], dim=1)
            if positions is not None:
                positions = F.pad(positions, (0, 0, 1, 0))
        if positions is None or self.place == "blocks":
            return x, positions, None
        added = positions / x.shape[-1] ** 0.5
        return x + added, None, added
