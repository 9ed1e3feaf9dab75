"""DFER-CLIP as published, and the two kinds of image tower."""

from dataclasses import replace

import pytest
import torch

from core.descriptions import ACTIONS
from core.model.build import build_model
from core.model.registry import complete_options


@pytest.fixture
def make(tiny_config, tiny_backbone):
    def build(**options):
        torch.manual_seed(1)
        full = complete_options("dfer-clip", options)
        config = replace(tiny_config, method="dfer-clip", options=full)
        return build_model(config, tiny_backbone).eval()

    return build


@pytest.mark.parametrize(("changes", "stop"), [({}, ""), ({"full_stop": True}, ".")])
def test_the_description_follows_eight_tokens(make, changes, stop):
    model = make(**changes)
    assert model.prompts.context.shape == (7, 8, 32)
    expected = model.backbone.tokenize([", ".join(ACTIONS["happiness"]) + stop])[0]
    ids = model.prompts.get_buffer("ids")[0]
    assert torch.equal(ids, expected[: len(ids)])


def test_time_order_matters_and_the_class_token_is_the_video(make):
    model = make()
    features = torch.randn(2, 4, 16)
    video = model.video_vectors(features)
    assert video.shape == (2, 1, 16)
    assert not torch.allclose(video, model.video_vectors(features.flip(1)))
    layers = model.temporal("video")
    assert layers.steps(features, "video").shape == (2, 5, 16)
    torch.testing.assert_close(layers.steps(features, "video")[:, :1], video)
    (attention,) = layers.attention(features, "video")
    torch.testing.assert_close(attention.sum(-1), torch.ones(2, 8, 5))


def test_a_tuned_tower_starts_as_the_backbones_and_leaves_it_alone(make):
    model = make()
    pixels = torch.randn(3, 3, 32, 32)
    features = model.backbone.encode_frames(pixels)
    torch.testing.assert_close(model.encode_frames(pixels), features)
    model.tower.requires_grad_(True)
    model.train()
    model(pixels[None]).sum().backward()
    gradients = [p.grad for p in model.tower.parameters() if p.grad is not None]
    assert any(gradient.abs().sum() > 0 for gradient in gradients)
    with torch.no_grad():
        for parameter in model.tower.parameters():
            parameter += 0.1
    torch.testing.assert_close(model.backbone.encode_frames(pixels), features)
    assert not torch.allclose(model.encode_frames(pixels), features)


def test_a_frozen_tower_is_the_backbones(make):
    model = make(tower="frozen")
    assert not model.has_own_tower
    assert "tower" not in model.parts()
    pixels = torch.randn(3, 3, 32, 32)
    assert torch.equal(model.encode_frames(pixels), model.backbone.encode_frames(pixels))


def test_a_shared_context_answers_for_other_classes(make):
    assert make().class_bound_parts == {"prompts"}
    assert not make(class_specific=False).class_bound_parts
