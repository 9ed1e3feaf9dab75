"""A recurrent adapter over the frames of a clip."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class TemporalAdapter(nn.Module):
    """PE-CLIP's Temporal Dynamic Adapter: ``x + s ⊙ up(GELU(GRU(down(norm x))))``.

    ``s = ReLU(w · norm x)`` is one number per frame, its dynamic scaling. Starts as the identity.

    Args:
        width: ``D``.
        bottleneck: Width of the recurrent layer.
    """

    def __init__(self, width: int, bottleneck: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.scale = nn.Linear(width, 1)
        self.down, self.up = nn.Linear(width, bottleneck), nn.Linear(bottleneck, width)
        self.recurrent = nn.GRU(bottleneck, bottleneck, batch_first=True)
        for parameter in (self.scale.bias, self.down.bias, *self.up.parameters()):
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, T, D)`` frames in time order to the same."""
        with torch.autocast(x.device.type, enabled=False):  # not every device has a GRU in bf16
            read = self.norm(x.float())
            hidden, _ = self.recurrent(self.down(read))
            out: Tensor = x + F.relu(self.scale(read)) * self.up(F.gelu(hidden))
        return out
