"""Tip-Adapter remembers clips and adds them to what texts say."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from core.errors import ConfigError
from core.model.build import build_model
from core.model.registry import complete_options


@pytest.fixture
def make(tiny_config, tiny_backbone):
    def build(name="tip-adapter", **options):
        config = replace(tiny_config, method=name, options=complete_options(name, options))
        return build_model(config, tiny_backbone).eval()

    return build


def test_it_is_the_published_formula(make):
    torch.manual_seed(2)
    model = make(shots=2, alpha=3.0, beta=5.0)
    clips, labels = (
        F.normalize(torch.randn(9, 4, 16), dim=-1),
        torch.tensor([0] * 3 + [1] + [4] * 5),
    )
    model.remember(clips, labels)
    asked = F.normalize(torch.randn(3, 4, 16), dim=-1)
    vectors = F.normalize(asked.mean(1), dim=-1)
    kept = torch.tensor([0, 1, 3, 4, 5])  # the first two of each class
    keys = F.normalize(clips[kept].mean(1), dim=-1)
    values = F.one_hot(labels[kept], 7).float()
    texts = F.normalize(model.class_vectors()[:, 0], dim=-1)
    expected = 100 * vectors @ texts.T + 3 * torch.exp(-5 * (1 - vectors @ keys.T)) @ values
    torch.testing.assert_close(model(asked), expected, atol=1e-4, rtol=1e-4)


def test_before_it_has_seen_a_clip_it_is_zero_shot(make):
    clips = torch.randn(2, 4, 16)
    torch.testing.assert_close(make()(clips), make("zero-shot")(clips), atol=1e-4, rtol=1e-4)


def test_too_much_to_remember_is_refused(make, tiny_config, tiny_backbone):
    options = complete_options("tip-adapter", {"shots": 1024})
    labels = tuple(f"class {number}" for number in range(1000))
    config = replace(tiny_config, labels=labels, method="tip-adapter", options=options)
    tiny_backbone.clip.text_projection.data = torch.zeros(32, 512)
    with pytest.raises(ConfigError, match="1024 shots of 1000 classes are"):
        build_model(config, tiny_backbone)
