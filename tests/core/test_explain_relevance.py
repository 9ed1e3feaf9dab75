from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from core.config import BackboneConfig
from core.errors import BackboneError
from core.explain.attention_relevance import attention_relevance, forward_with_attention
from core.explain.clip import relevance_of
from core.explain.relevance import (
    CHEFER,
    GRID,
    LAYER_CAM,
    feature_gradients,
    image_relevance,
    layer_cam,
)
from core.model.backbone import FrozenClip
from core.model.backbones import build_untrained
from core.model.build import build_model
from core.preprocess import preprocess_crops
from tests.core.explain_cases import make_checkpoint, make_prediction, random_features, recognize


class SumOfPlaces(nn.Module):
    """Stands for a residual tower whose stages are the picture at several sizes.

    The first feature is the sum of what is bright, the second of what is dark.
    """

    def __init__(self, stages=3):
        super().__init__()
        self.stages = stages

    def forward_intermediates(self, pixels):
        stages = []
        x = pixels
        for _ in range(self.stages):
            x = nn.functional.avg_pool2d(x, 2)
            stages.append(x)
        brightness = x.mean((1, 2, 3))
        features = torch.stack([brightness, torch.ones_like(brightness)], 1)
        return {"image_features": features, "image_intermediates": stages}


@pytest.fixture
def spot():
    """(2, 3, 32, 32), dark but for the upper left quarter of the first picture."""
    pixels = torch.zeros(2, 3, 32, 32)
    pixels[0, :, :12, :12] = 1
    return pixels


def test_layer_cam_marks_the_place_of_the_evidence(spot):
    maps = layer_cam(SumOfPlaces(), spot, torch.tensor([[1.0, 0.0], [1.0, 0.0]]))
    assert maps.shape == (2, GRID, GRID)
    first = maps[0] / maps[0].max()
    assert first[:8, :8].min() > 0.5
    assert first[16:, 16:].max() < 0.05
    assert maps[1].max() < 1e-6


def test_layer_cam_leaves_out_stages_too_coarse_to_show_a_place():
    pixels = torch.zeros(1, 3, 64, 64)
    pixels[:, :, :8, :8] = 1
    (found,) = layer_cam(SumOfPlaces(stages=5), pixels, torch.tensor([[1.0, 0.0]]))
    assert found[:2, :2].min() > 0.5 * found.max()
    assert found[9:, 9:].max() < 0.01 * found.max()


def test_layer_cam_drops_evidence_against_the_class(spot):
    maps = layer_cam(SumOfPlaces(), spot, torch.tensor([[-1.0, 0.0], [-1.0, 0.0]]))
    assert maps.max() < 1e-6


@pytest.fixture
def transformer(tiny_backbone):
    return tiny_backbone.clip.visual


def test_forward_with_attention_is_the_towers_own(transformer):
    pixels = torch.randn(3, 3, 32, 32)
    features, attentions = forward_with_attention(transformer, pixels)
    torch.testing.assert_close(features, transformer(pixels), atol=1e-5, rtol=1e-5)
    assert [tuple(maps.shape) for maps in attentions] == [(3, 2, 5, 5)]
    torch.testing.assert_close(attentions[0].sum(-1), torch.ones(3, 2, 5))


def test_attention_relevance_marks_the_patch_that_the_class_token_reads(transformer):
    """Keys that answer to brightness alone make the class token read the bright patch."""
    block = transformer.transformer.resblocks[0]
    with torch.no_grad():
        transformer.conv1.weight.zero_()
        transformer.conv1.weight[0] = 0.01
        transformer.positional_embedding.zero_()
        block.attn.in_proj_weight[:64].zero_()
        block.attn.in_proj_bias.zero_()
        block.attn.in_proj_bias[:32] = 3.0
        block.attn.in_proj_weight[32:64, 0] = 3.0
    pixels = torch.zeros(1, 3, 32, 32)
    pixels[0, :, :16, 16:] = 1  # the second of the 2 × 2 patches
    with torch.no_grad():
        toward = transformer(pixels) - transformer(torch.zeros(1, 3, 32, 32))
    relevance = attention_relevance(transformer, pixels, toward)[0]
    assert relevance.shape == (2, 2)
    assert relevance.flatten().argmax() == 1
    assert relevance[0, 1] > 2 * relevance[1, 0]


def test_frames_that_the_score_ignores_stay_dark(tiny_model, tiny_config):
    """With the last step as the clip's vector, identity layers ignore all other frames."""
    config = replace(tiny_config, synchronizer=replace(tiny_config.synchronizer, pooling="last"))
    model = build_model(config, tiny_model.backbone).eval().requires_grad_(False)
    gradients = feature_gradients(model, random_features(4, 16), model.class_vectors(), 2)
    assert gradients[:3].abs().max() == 0
    assert gradients[3].abs().max() > 0


def test_gradient_points_towards_the_class(tiny_model):
    tiny_model.phase = "text"
    features = random_features(4, 16)
    classes = torch.from_numpy(random_features(7, 16, seed=3))[:, None]
    gradients = feature_gradients(tiny_model.eval(), features, classes, 4).numpy()

    def score(clip):
        cosines = tiny_model.comparison(torch.from_numpy(clip.mean(0))[None, None], classes)[0]
        return float(cosines[4] - (cosines.sum() - cosines[4]) / 6)

    assert score(features + 0.01 * gradients) > score(features)


@pytest.mark.parametrize("kind", ["transformer", "residual"])
def test_maps_of_a_prediction(tiny_config, tiny_model, kind):
    model, method = tiny_model, CHEFER
    if kind == "residual":
        vision = {
            "timm_model_name": "test_resnet", "timm_model_pretrained": False,
            "timm_pool": "avg", "timm_proj": "linear", "image_size": 32,
        }  # fmt: skip
        backbone = BackboneConfig("FaceCLIP", 16, vision, {"layers": 1, "width": 32, "heads": 2})
        tiny_config = replace(tiny_config, backbone=backbone)
        model, method = build_model(tiny_config, build_untrained(backbone)), LAYER_CAM
    checkpoint = make_checkpoint(model, tiny_config)
    recognizer = recognize(checkpoint)
    prediction = make_prediction(recognizer, random_features(6, 16))
    relevance = relevance_of(checkpoint, recognizer, prediction, 1)
    assert relevance.method == method
    assert relevance.maps.shape == (4, GRID, GRID)
    assert relevance.maps.min() >= 0
    assert relevance.maps.max() == pytest.approx(1)
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_mirrored_backbone_finds_the_evidence_in_the_mirror_image_too(tiny_clip, tiny_config):
    backbone = FrozenClip(tiny_clip, mirror=True)
    model = build_model(tiny_config, backbone).eval().requires_grad_(False)
    pixels, features = torch.randn(4, 3, 32, 32), random_features(4, 16)
    classes = torch.from_numpy(random_features(7, 16, seed=3))[:, None]
    seen, mirrored = (
        torch.from_numpy(image_relevance(model, images, features, classes, 2).maps)
        for images in (pixels, pixels.flip(-1))
    )
    torch.testing.assert_close(mirrored, seen.flip(-1))


def test_unknown_image_tower_is_named(tiny_model, tiny_config):
    checkpoint = make_checkpoint(tiny_model, tiny_config)
    tiny_model.backbone.clip.visual = nn.Identity()
    pixels = preprocess_crops([np.zeros((32, 32, 3), np.uint8)] * 4, tiny_config.preprocess)
    with pytest.raises(BackboneError, match="Identity"):
        image_relevance(
            tiny_model, pixels, random_features(4, 16), checkpoint.class_vectors, target=0
        )
