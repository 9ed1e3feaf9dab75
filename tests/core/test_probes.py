"""Probes, and CLIP with LoRA: by hand, and beside the frozen tower."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from core.config import BackboneConfig
from core.model.backbones import build_untrained
from core.model.build import build_model
from core.model.lora import LowRank, TowerLora
from core.model.registry import complete_options
from tests.conftest import TINY_BACKBONE

RESIDUAL = BackboneConfig(
    name="FaceCLIP",
    embed_dim=16,
    vision={
        "timm_model_name": "face_mobilenet",
        "timm_model_pretrained": False,
        "timm_pool": "avg",
        "timm_proj": "linear",
        "image_size": 32,
    },
    text={"layers": 1, "width": 32, "heads": 2},
)


@pytest.fixture
def make(tiny_config, tiny_backbone):
    def build(name, **options):
        torch.manual_seed(1)
        full = complete_options(name, options)
        return build_model(replace(tiny_config, method=name, options=full), tiny_backbone).eval()

    return build


@pytest.fixture
def clips():
    torch.manual_seed(6)
    return F.normalize(torch.randn(3, 4, 16), dim=-1)


def test_a_linear_probe_is_logistic_regression_of_the_mean_frame(make, clips):
    model = make("linear-probe")
    nn.init.normal_(model.head.bias)
    expected = F.linear(clips.mean(1) * 4, model.head.weight, model.head.bias)
    torch.testing.assert_close(model(clips), expected)
    model.comparison.log_scale.data.add_(1.0)
    torch.testing.assert_close(model(clips), expected)


def test_an_attentive_probe_by_hand(make, clips):
    model = make("attentive-probe", heads=1, head_width=8)
    pooling = model.pooling
    key, value = pooling.key_value(clips * 4).chunk(2, dim=-1)
    weights = (key @ pooling.query[0, 0] / 8**0.5).softmax(1)
    video = pooling.out((weights[..., None] * value).sum(1))
    torch.testing.assert_close(model.video_vectors(clips)[:, 0], video)


def test_an_attentive_probe_knows_where_a_frame_stands_on_request(make, clips):
    model = make("attentive-probe")
    torch.testing.assert_close(model(clips.flip(1)), model(clips))
    model = make("attentive-probe", positions="learned")
    assert (model(clips.flip(1)) - model(clips)).abs().max() > 1e-3


def test_a_low_rank_change_is_the_product_of_its_matrices():
    change = LowRank(torch.zeros(6, 5, 1, 1), rank=2, alpha=8.0, matrices=3)
    assert not change().any()
    nn.init.normal_(change.up)
    first = 4.0 * change.up[0] @ change.down[0]
    torch.testing.assert_close(change()[:2, :, 0, 0], first)
    assert torch.linalg.matrix_rank(change()[:, :, 0, 0][2:4]) <= 2


@pytest.mark.parametrize("config", [TINY_BACKBONE, RESIDUAL], ids=["transformer", "convolutions"])
def test_lora_starts_as_the_frozen_tower_and_leaves_it_alone(config):
    torch.manual_seed(0)
    backbone = build_untrained(config)
    pixels = torch.randn(2, 3, 32, 32)
    visual = backbone.clip.visual
    lora = TowerLora(visual, rank=2, alpha=4.0)
    plain = backbone.encode_frames(pixels)
    torch.testing.assert_close(lora(visual, pixels), plain, atol=1e-5, rtol=1e-4)
    lora(visual, pixels)[:, 0].sum().backward()
    assert all(change.up.grad.abs().sum() > 0 for change in lora.changes)
    assert all(parameter.grad is None for parameter in backbone.parameters())
    for change in lora.changes:
        nn.init.normal_(change.up)
    assert not torch.allclose(lora(visual, pixels), plain)
    assert torch.equal(backbone.encode_frames(pixels), plain)


def test_lora_changes_every_matrix_of_the_blocks(tiny_backbone):
    lora = TowerLora(tiny_backbone.clip.visual, rank=2, alpha=4.0)
    assert [name.removeprefix("transformer.resblocks.0.") for name in lora.names] == [
        "attn.in_proj_weight", "attn.out_proj.weight", "mlp.c_fc.weight", "mlp.c_proj.weight",
    ]  # fmt: skip
    assert lora.changes[0].up.shape == (3, 32, 2)
