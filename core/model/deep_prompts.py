"""Frozen transformers with learned tokens in several layers and adapters inside their blocks."""

from collections.abc import Iterable, Sequence
from typing import cast

import torch
from open_clip.transformer import ResidualAttentionBlock
from torch import Tensor, nn

from core.model.adapters import Adapter


class BlockAdapters(nn.Module):
    """Adapters on the outputs of attention and feed-forward part, inside the residual paths.

    Args:
        width: Of the transformer.
        bottleneck: Width inside each adapter.
        feedforward: Whether the feed-forward part has one, too.
    """

    def __init__(self, width: int, bottleneck: int, *, feedforward: bool) -> None:
        super().__init__()
        self.attention = Adapter(width, bottleneck)
        self.feedforward = Adapter(width, bottleneck) if feedforward else nn.Identity()

    def run(self, block: ResidualAttentionBlock, x: Tensor, mask: Tensor | None) -> Tensor:
        """A frozen block with the adapters in it: ``(N, n, W)`` to the same."""
        attended = block.attention(q_x=block.ln_1(x), attn_mask=mask)
        x = x + block.ls_1(self.attention(attended))
        out: Tensor = x + block.ls_2(self.feedforward(block.mlp(block.ln_2(x))))
        return out


class DeepPrompts(nn.Module):
    """Tokens that take the place of the text's learned ones in the next layers, and images' own.

    Khattak et al., "MaPLe: Multi-modal Prompt Learning" (CVPR 2023): images get linear maps of the
    text's tokens, at the end of their patches.

    Args:
        count: ``M``, tokens.
        depth: Layers that have tokens of their own, the first one included.
        width: Of a text token.
        image_width: Of an image token; 0 for texts alone.
    """

    def __init__(self, count: int, depth: int, width: int, image_width: int) -> None:
        super().__init__()
        self.count = count
        self.tokens = nn.Parameter(torch.randn(depth - 1, count, width) * 0.02)
        self.to_image = nn.ModuleList(
            nn.Linear(width, image_width) for _ in range(depth if image_width else 0)
        )

    def of_texts(self) -> list[Tensor]:
        """``(M, W)`` for each layer from the second on."""
        return list(self.tokens)

    def of_images(self, context: Tensor) -> list[Tensor]:
        """``(M, image width)`` for each layer from the first on, whose text tokens are given."""
        return [
            layer(each) for layer, each in zip(self.to_image, [context, *self.tokens], strict=True)
        ]


def run_blocks(
    blocks: Sequence[ResidualAttentionBlock],
    adapters: nn.ModuleList,
    x: Tensor,
    *,
    mask: Tensor | None,
    prompts: list[Tensor],
    start: int,
) -> Tensor:
    """Run a frozen transformer.

    Args:
        blocks: Of the transformer.
        adapters: ``BlockAdapters`` for each.
        x: ``(N, n, W)``, the first layer's learned tokens in their places.
        mask: ``(n, n)`` of attention.
        prompts: ``(M, W)`` tokens that replace them before the second and following blocks.
        start: Place of the first of them in the sequence.
    """
    within = cast(Iterable[BlockAdapters], adapters)
    for number, (block, adapter) in enumerate(zip(blocks, within, strict=True)):
        if 0 < number <= len(prompts):
            new = prompts[number - 1].to(x.dtype)
            end = start + len(new)
            x = torch.cat([x[:, :start], new.expand(len(x), -1, -1), x[:, end:]], dim=1)
        x = adapter.run(block, x, mask)
    return x
