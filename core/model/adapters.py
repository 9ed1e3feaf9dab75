"""Small trainable modules inside a frozen image tower."""

from collections.abc import Callable
from typing import cast

import torch.nn.functional as F
from open_clip.timm_model import TimmModel
from open_clip.transformer import VisionTransformer
from timm.models.resnet import ResNet
from torch import Tensor, nn

from core.errors import BackboneError


class Adapter(nn.Module):
    """``x + up(GELU(down(x)))``; starts as the identity.

    Houlsby et al., "Parameter-Efficient Transfer Learning for NLP" (ICML 2019).

    Args:
        width: Of ``x``.
        bottleneck: Width between ``down`` and ``up``.
        layer: Kind of both: linear, or a convolution of one pixel for maps.
    """

    def __init__(
        self, width: int, bottleneck: int, layer: Callable[[int, int], nn.Module] = nn.Linear
    ) -> None:
        super().__init__()
        self.down, self.up = layer(width, bottleneck), layer(bottleneck, width)
        for parameter in self.up.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        """Same shape as ``x``."""
        out: Tensor = x + self.up(F.gelu(self.down(x)))
        return out


class TowerAdapters(nn.Module):
    """One adapter after each block of a vision transformer or each stage of a residual network.

    The tower is run from outside rather than changed, so that other methods can use it meanwhile.

    Args:
        visual: The frozen image tower.
        bottleneck: Width inside each adapter.

    Raises:
        BackboneError: A tower of another kind.
    """

    def __init__(self, visual: nn.Module, bottleneck: int) -> None:
        super().__init__()
        if isinstance(visual, VisionTransformer):
            width = visual.class_embedding.numel()
            made = [Adapter(width, bottleneck) for _ in visual.transformer.resblocks]
        elif isinstance(visual, TimmModel) and isinstance(visual.trunk, ResNet):
            stages = visual.trunk.feature_info[-STAGES:]
            widths = [cast(int, stage["num_chs"]) for stage in stages]
            made = [Adapter(width, bottleneck, _one_pixel) for width in widths]
        else:
            raise BackboneError(
                f"no place for adapters is known in the image tower {type(visual).__name__}; use "
                "one of OpenAI's vision transformers or a FaceCLIP with a residual network"
            )
        self.adapters = nn.ModuleList(made)

    def forward(self, visual: nn.Module, pixels: Tensor) -> Tensor:
        """Run the tower with the adapters in it.

        Args:
            visual: The tower that the adapters were made for.
            pixels: ``(N, 3, h, w)``.

        Returns:
            ``(N, D)`` float32, unit length.
        """
        if isinstance(visual, VisionTransformer):
            features = self._transformer(visual, pixels)
        elif isinstance(visual, TimmModel):
            features = self._residual(visual, pixels)
        else:
            raise TypeError(f"expected a tower that has adapters, got {type(visual).__name__}")
        return F.normalize(features.float(), dim=-1)

    def _transformer(self, visual: VisionTransformer, pixels: Tensor) -> Tensor:
        x = visual._embeds(pixels)
        for block, adapter in zip(visual.transformer.resblocks, self.adapters, strict=True):
            x = adapter(block(x))
        pooled, _ = visual._pool(x)
        features: Tensor = pooled if visual.proj is None else pooled @ visual.proj
        return features

    def _residual(self, visual: TimmModel, pixels: Tensor) -> Tensor:
        trunk = visual.trunk
        x = trunk.maxpool(trunk.act1(trunk.bn1(trunk.conv1(pixels))))
        stages = (trunk.layer1, trunk.layer2, trunk.layer3, trunk.layer4)
        for stage, adapter in zip(stages, self.adapters, strict=True):
            x = adapter(stage(x))
        features: Tensor = visual.head(trunk.forward_head(x))
        return features


# Of a residual network: layer1 to layer4.
STAGES = 4


def _one_pixel(width: int, out: int) -> nn.Module:
    return nn.Conv2d(width, out, 1)
