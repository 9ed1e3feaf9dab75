"""Low-rank changes of the weights of a frozen image tower."""

import math

import torch
import torch.nn.functional as F
from open_clip.transformer import VisionTransformer
from torch import Tensor, nn
from torch.func import functional_call


class LowRank(nn.Module):
    """``ΔW = α/r · B A``, zero at the start.

    Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models" (ICLR 2022). Weights that are
    several matrices on top of each other (queries, keys and values) get as many changes.

    Args:
        weight: The frozen weight, ``(out, in)`` or a kernel ``(out, in, h, w)``.
        rank: ``r``.
        alpha: ``α``.
        matrices: How many matrices lie in ``weight``.
    """

    def __init__(self, weight: Tensor, rank: int, alpha: float, matrices: int = 1) -> None:
        super().__init__()
        rows, columns = len(weight) // matrices, weight[0].numel()
        rank = min(rank, rows, columns)
        self.shape, self.scale = weight.shape, alpha / rank
        self.down = nn.Parameter(torch.empty(matrices, rank, columns))
        for matrix in self.down:
            nn.init.kaiming_uniform_(matrix, a=math.sqrt(5))
        self.up = nn.Parameter(torch.zeros(matrices, rows, rank))

    def forward(self) -> Tensor:
        """``ΔW`` in the shape of the weight."""
        return (self.scale * self.up @ self.down).reshape(self.shape)


class TowerLora(nn.Module):
    """A ``LowRank`` for every matrix of the tower's blocks.

    In a vision transformer these are queries, keys, values, output and both feed-forward layers of
    each block; in a convolutional network all kernels but depthwise ones. The tower is run with
    changed weights from outside rather than changed, so that other methods can use it meanwhile.

    Args:
        visual: The frozen image tower.
        rank: ``r``.
        alpha: ``α``.
    """

    def __init__(self, visual: nn.Module, *, rank: int, alpha: float) -> None:
        super().__init__()
        self.names = _matrices(visual)
        weights = dict(visual.named_parameters())
        # Parameters of a module list cannot have dots in their names.
        self.changes = nn.ModuleList(
            LowRank(weights[name], rank, alpha, matrices=3 if "in_proj" in name else 1)
            for name in self.names
        )

    def forward(self, visual: nn.Module, pixels: Tensor) -> Tensor:
        """Run the tower with the changes in it.

        Args:
            visual: The tower that the changes were made for.
            pixels: ``(N, 3, h, w)``.

        Returns:
            ``(N, D)`` float32, unit length.
        """
        weights = dict(visual.named_parameters())
        changed = {
            name: weights[name] + change()
            for name, change in zip(self.names, self.changes, strict=True)
        }
        features: Tensor = functional_call(visual, changed, (pixels,))
        return F.normalize(features.float(), dim=-1)


def _matrices(visual: nn.Module) -> list[str]:
    """Names of the weights that are changed."""
    found = []
    for place, module in visual.named_modules():
        if isinstance(visual, VisionTransformer) and ".resblocks." not in f".{place}":
            continue
        if isinstance(module, nn.MultiheadAttention):
            found.append(f"{place}.in_proj_weight")
        is_full = isinstance(module, nn.Conv2d) and module.groups == 1
        if is_full or isinstance(module, nn.Linear):
            found.append(f"{place}.weight")
    return found
