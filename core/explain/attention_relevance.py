"""Which patches does a vision transformer's class token draw its evidence from?"""

import torch
import torch.nn.functional as F
from open_clip.transformer import ResidualAttentionBlock, VisionTransformer
from torch import Tensor, nn


def attention_relevance(visual: nn.Module, pixels: Tensor, gradients: Tensor) -> Tensor:
    """Gradient-weighted attention through all blocks.

    Chefer, Gur and Wolf (ICCV 2021), self-attention case: each block's attention, weighted with
    its positive gradient and averaged over the heads, is added to the relevance so far::

        R ← R + mean_h(max(∂score/∂A ⊙ A, 0)) · R,   R = identity at the input

    Args:
        visual: open_clip's ``VisionTransformer``.
        pixels: ``(N, 3, h, w)``.
        gradients: ``(N, D)`` of the score by the unit-length features.

    Returns:
        ``(N, rows, columns)`` of the patch grid, not negative: the class token's row of ``R``.
    """
    if not isinstance(visual, VisionTransformer):
        raise TypeError(f"expected a VisionTransformer, got {type(visual).__name__}")
    with torch.enable_grad():
        features, attentions = forward_with_attention(visual, pixels.requires_grad_())
        score = (F.normalize(features.float(), dim=-1) * gradients).sum()
        slopes = torch.autograd.grad(score, attentions)
    places = attentions[0].shape[-1]
    relevance = torch.eye(places, device=pixels.device).expand(len(pixels), -1, -1)
    for attention, slope in zip(attentions, slopes, strict=True):
        step = (attention * slope).relu().mean(1)  # (N, places, places)
        relevance = relevance + step @ relevance
    rows, columns = visual.grid_size
    return relevance[:, 0, 1:].reshape(-1, rows, columns).detach()


def forward_with_attention(
    visual: VisionTransformer, pixels: Tensor
) -> tuple[Tensor, list[Tensor]]:
    """Run the tower as it runs itself, keeping each block's attention in the graph.

    torch's own attention can return weights, but not such that the output depends on them.

    Returns:
        Features ``(N, D)``, not normalised, and one ``(N, H, places, places)`` per block.
    """
    x = visual._embeds(pixels)
    attentions = []
    for block in visual.transformer.resblocks:
        x, attention = _block(block, x)
        attentions.append(attention)
    pooled, _ = visual._pool(x)
    return pooled if visual.proj is None else pooled @ visual.proj, attentions


def _block(block: ResidualAttentionBlock, x: Tensor) -> tuple[Tensor, Tensor]:
    heads = block.attn.num_heads
    projected = F.linear(block.ln_1(x), block.attn.in_proj_weight, block.attn.in_proj_bias)
    split = projected.reshape(*x.shape[:2], 3, heads, -1)
    query, key, value = split.permute(2, 0, 3, 1, 4)  # each (N, H, places, width)
    attention = (query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5).softmax(-1)
    attended = block.attn.out_proj((attention @ value).transpose(1, 2).flatten(2))
    x = x + block.ls_1(attended)
    return x + block.ls_2(block.mlp(block.ln_2(x))), attention
