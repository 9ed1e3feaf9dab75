"""Adapters change nothing at the start and leave the tower alone."""

import pytest
import torch
from torch import nn

from core.config import BackboneConfig
from core.errors import BackboneError
from core.model.adapters import TowerAdapters
from core.model.backbones import build_untrained
from tests.conftest import TINY_BACKBONE

RESIDUAL = BackboneConfig(
    name="FaceCLIP",
    embed_dim=16,
    vision={
        "timm_model_name": "resnet18",
        "timm_model_pretrained": False,
        "timm_pool": "avg",
        "timm_proj": "linear",
        "image_size": 32,
    },
    text={"layers": 1, "width": 32, "heads": 2},
)


@pytest.fixture(params=[TINY_BACKBONE, RESIDUAL], ids=["transformer", "residual"])
def backbone(request):
    torch.manual_seed(0)
    return build_untrained(request.param)


def test_they_start_as_the_identity_and_then_change_the_features(backbone):
    pixels = torch.randn(2, 3, 32, 32)
    adapters = TowerAdapters(backbone.clip.visual, 4)
    plain = backbone.encode_frames(pixels)
    torch.testing.assert_close(adapters(backbone.clip.visual, pixels), plain)
    adapters(backbone.clip.visual, pixels)[:, 0].sum().backward()
    for adapter in adapters.adapters:
        assert adapter.up.weight.grad.abs().sum() > 0
        nn.init.normal_(adapter.up.weight)
    assert all(parameter.grad is None for parameter in backbone.parameters())
    assert not torch.allclose(adapters(backbone.clip.visual, pixels), plain)
    assert torch.equal(backbone.encode_frames(pixels), plain)


def test_another_tower_is_refused():
    with pytest.raises(BackboneError, match="no place for adapters"):
        TowerAdapters(nn.Flatten(), 4)
