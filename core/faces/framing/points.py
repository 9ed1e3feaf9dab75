"""A small network that points at the eyes and the mouth.

Each point is the mean of a heat map (integral regression, arXiv 1711.08229), which a few ten
thousand weights learn in minutes; its spread says how sure the network is.
"""

from copy import deepcopy
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

# Side of the window that it sees [px], and of its heat maps.
WINDOW_PX, MAP_PX = 48, 12
# The window's side in those of the roughly found face square.
WINDOW = 1.25
# Left eye and right eye as the picture shows them, and the middle of the mouth.
POINTS = 3
# Heat maps reach this far beyond the window, so that a point at its border can be told.
BEYOND = 1.15
WIDTH = 64
DILATIONS = (1, 2, 4, 1, 2, 4)


class Found(NamedTuple):
    """What the network says of ``N`` windows.

    Attributes:
        points: ``(N, 3, 2)`` float32 x and y, -1 to 1 from edge to edge of the window.
        spread: ``(N, 3)`` float32 standard deviation of each heat map, in the same unit.
    """

    points: Tensor
    spread: Tensor


class FeaturePoints(nn.Module):
    """Separable convolutions at a quarter of the window's resolution; about 37,000 weights."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, 16, 3, 2, 1, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            _separable(16, 32),
            _separable(32, WIDTH, stride=2),
        )
        self.blocks = nn.ModuleList(_separable(WIDTH, WIDTH, dilation=d) for d in DILATIONS)
        # Half-way through, every place is told what the window holds as a whole.
        self.whole = nn.Linear(WIDTH, WIDTH)
        self.maps = nn.Conv2d(WIDTH, POINTS, 1)
        places = ((torch.arange(MAP_PX) + 0.5) / MAP_PX * 2 - 1) * BEYOND
        self.register_buffer("places", places, persistent=False)
        self.places: Tensor

    def forward(self, windows: Tensor) -> Found:
        """Point at the features of standardised grey ``(N, 1, 48, 48)`` float32 windows."""
        seen = self.stem(windows)
        for number, block in enumerate(self.blocks, 1):
            seen = seen + block(seen)
            if number == len(self.blocks) // 2:
                seen = seen + self.whole(seen.mean((2, 3)))[:, :, None, None]
        maps = self.maps(seen).flatten(2).softmax(-1).unflatten(2, (MAP_PX, MAP_PX))
        shares = torch.stack([maps.sum(2), maps.sum(3)], 2)  # (N, 3, x or y, 12)
        points = shares @ self.places
        variance = shares @ self.places.square() - points.square()
        return Found(points, variance.sum(-1).clamp_min(0).sqrt())


def for_prediction(network: FeaturePoints) -> FeaturePoints:
    """A frozen copy whose normalisations are folded into its convolutions: a third faster."""
    folded = deepcopy(network).eval().requires_grad_(False)
    for parts in folded.modules():
        if isinstance(parts, nn.Sequential):
            for number in range(len(parts) - 1):
                convolution, norm = parts[number], parts[number + 1]
                if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                    parts[number] = fuse_conv_bn_eval(convolution, norm)
                    parts[number + 1] = nn.Identity()
    return folded.to(memory_format=torch.channels_last)


def _separable(inputs: int, outputs: int, *, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, inputs, 3, stride, dilation, dilation, groups=inputs, bias=False),
        nn.BatchNorm2d(inputs),
        nn.Conv2d(inputs, outputs, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )
