"""PE-CLIP beside plain CLIP: tokens in the layers, adapters in the blocks, a GRU over time."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from core.config import BackboneConfig
from core.errors import BackboneError
from core.model.backbones import build_untrained
from core.model.build import build_model
from core.model.registry import complete_options
from core.model.temporal_adapter import TemporalAdapter
from tests.conftest import TINY_BACKBONE

# Deep enough for tokens of the second and third layer.
DEEP = replace(
    TINY_BACKBONE,
    vision={"layers": 3, "width": 32, "head_width": 16, "patch_size": 16, "image_size": 32},
    text={"layers": 3, "width": 32, "heads": 2},
)


@pytest.fixture
def make(tiny_config):
    def build(name="pe-clip", backbone=DEEP, **options):
        torch.manual_seed(3)
        config = replace(tiny_config, method=name, options=complete_options(name, options))
        return build_model(config, build_untrained(backbone)).eval()

    return build


def test_without_tokens_of_their_own_texts_are_coop_of_the_same_words(make):
    """All adapters start as the identity."""
    words = {label: (f"a {label} face",) for label in ("happiness", "sadness", "neutral", "anger",
                                                        "surprise", "disgust", "fear")}  # fmt: skip
    model = make(depth=1, descriptions=words)
    texts = model.prompts.encode(model.backbone)
    torch.testing.assert_close(model.sentence_features()[:, 0], texts)


def test_tokens_of_a_later_layer_change_texts_and_pictures(make):
    model, pixels = make(depth=2), torch.randn(2, 3, 32, 32)
    texts, frames = model.sentence_features(), model.encode_frames(pixels)
    assert model.deep_prompts.tokens.shape == (1, 2, 32)
    with torch.no_grad():
        model.deep_prompts.tokens.add_(1.0)
    assert not torch.allclose(model.sentence_features(), texts)
    assert not torch.allclose(model.encode_frames(pixels), frames)


def test_the_image_tower_is_plain_clip_where_its_tokens_are_not_looked_at(make, monkeypatch):
    """One layer, whose patches attend to patches alone: the same features as CLIP's."""
    model, pixels = make(), torch.randn(2, 3, 32, 32)
    block = model.backbone.clip.visual.transformer.resblocks[0]
    patches = 5  # the class token and 2 × 2
    attend = type(block).attention

    def blind(self, q_x, **_):
        seen = attend(self, q_x[:, :patches])
        return F.pad(seen, (0, 0, 0, q_x.shape[1] - patches))

    plain = model.backbone.encode_frames(pixels)
    monkeypatch.setattr(type(block), "attention", blind)
    torch.testing.assert_close(model.encode_frames(pixels), plain, atol=1e-5, rtol=1e-4)


def test_every_part_learns_from_pictures(make):
    model = make()
    names = [name for name in model.PHASES[0].trains if name != "temporal_model"]
    logits = model(torch.randn(2, 4, 3, 32, 32))
    F.cross_entropy(logits, torch.tensor([0, 1])).backward()
    for name in names:
        part = model.get_submodule(name)
        assert sum(p.grad.abs().sum() for p in part.parameters() if p.grad is not None) > 0
    assert all(parameter.grad is None for parameter in model.backbone.parameters())


def test_the_temporal_adapter_by_hand():
    torch.manual_seed(0)
    adapter, x = TemporalAdapter(8, 3), torch.randn(2, 5, 8)
    torch.testing.assert_close(adapter(x), x)
    nn.init.normal_(adapter.up.weight)
    read = F.layer_norm(x, (8,))
    hidden, _ = adapter.recurrent(F.linear(read, adapter.down.weight, adapter.down.bias))
    scale = F.linear(read, adapter.scale.weight).clamp(min=0)
    expected = x + scale * (F.gelu(hidden) @ adapter.up.weight.T)
    torch.testing.assert_close(adapter(x), expected)
    # A frame reads what came before it and nothing after it.
    later = x.clone()
    later[:, 3:] += 1
    torch.testing.assert_close(adapter(later)[:, :3], expected[:, :3])


def test_another_tower_is_refused_and_may_stay_frozen(make):
    residual = BackboneConfig(
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
    with pytest.raises(BackboneError, match="set its option tower to frozen"):
        make(backbone=residual)
    model = make(backbone=residual, tower="frozen")
    assert "image_adapters" not in model.parts()
    assert not model.has_own_tower
