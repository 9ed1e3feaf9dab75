"""Where in the sequence a step stands."""

import math
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Flow = Literal["text", "video"]
PositionKind = Literal["shared", "separate", "sinusoidal", "none"]
PositionStart = Literal["sinusoids", "normal"]


class Positions(nn.Module):
    """One vector per time step (A8: the paper does not mention any, but its Table 5 needs them).

    What they are added to has deviation 1, so a learned table starts at that size too: from a
    fiftieth of it, CLIP's start, thousands of steps of SGD do not make order visible.

    Args:
        kind: ``shared`` is one learned table for text and video, ``separate`` two, ``sinusoidal``
            fixed waves, ``none`` zeros.
        length: ``T``, steps of the table.
        width: ``D``.
        start: Learned tables start at the ``sinusoids``, neighbours alike, or at ``normal`` noise.
        deviation: Standard deviation of the noise.
    """

    def __init__(
        self,
        kind: PositionKind,
        length: int,
        width: int,
        *,
        start: PositionStart = "sinusoids",
        deviation: float = 1.0,
    ) -> None:
        super().__init__()
        self.kind, self.length, self.width = kind, length, width
        self.tables = nn.ParameterDict()
        if kind in {"shared", "separate"}:
            names = ("shared",) if kind == "shared" else ("text", "video")
            for name in names:
                self.tables[name] = nn.Parameter(
                    sinusoids(length, width)
                    if start == "sinusoids"
                    else torch.randn(length, width) * deviation
                )
        elif kind == "sinusoidal":
            self.register_buffer("waves", sinusoids(length, width), persistent=False)

    def forward(self, flow: Flow, steps: int) -> Tensor | None:
        """Return ``(steps, D)``, or None without positions.

        A sequence of another length than the table (``S`` ≠ ``T``, A19) gets the table stretched
        by linear interpolation.
        """
        if self.kind == "none":
            return None
        table: Tensor
        if self.kind == "sinusoidal":
            table = self.get_buffer("waves")
        else:
            table = self.tables["shared" if self.kind == "shared" else flow]
        if steps == self.length:
            return table
        stretched = F.interpolate(table.T[None], size=steps, mode="linear", align_corners=True)
        return stretched[0].T

    @torch.no_grad()
    def copy_from(self, *, text: "Positions", video: "Positions") -> None:
        """Take over the one-flow tables of two encoders; a shared one starts from video (A8)."""
        for name, table in self.tables.items():
            origin = text if name == "text" else video
            table.copy_(origin.tables["shared"])


def sinusoids(length: int, width: int) -> Tensor:
    """Fixed waves of Vaswani et al. (2017), section 3.5: ``(length, width)``."""
    rates = torch.exp(torch.arange(0, width, 2) * (-math.log(10_000.0) / width))
    angles = torch.arange(length)[:, None] * rates
    return torch.stack([angles.sin(), angles.cos()], -1).flatten(1)[:, :width]
