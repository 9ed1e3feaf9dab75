import pytest
import torch
from torch import nn

from core.model.backbone import FrozenClip
from core.model.faceclip import FACE_CLIPS, build_face_clip
from core.model.fused import ClippedConvolution, can_fuse
from core.model.lean_tower import lean_tower
from tests.machine import SEED


@pytest.fixture(params=FACE_CLIPS)
def backbone(request):
    torch.manual_seed(SEED)
    backbone = FrozenClip(build_face_clip(FACE_CLIPS[request.param]), mirror=True)
    for module in backbone.modules():
        if isinstance(module, nn.BatchNorm2d):  # as training leaves them: no two channels alike
            nn.init.normal_(module.running_mean, std=0.3)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
            nn.init.normal_(module.bias, std=0.3)
    return backbone


def test_a_lean_tower_is_the_same_function_and_leaves_the_other_as_it_was(backbone):
    pixels = torch.randn(2, 3, 64, 64)
    before = {name: value.clone() for name, value in backbone.state_dict().items()}
    expected = backbone.encode_frames(pixels)
    lean = lean_tower(backbone.clip.visual, torch.float32)
    torch.testing.assert_close(backbone.encode_frames(pixels, lean), expected, atol=1e-4, rtol=1e-3)
    assert backbone.state_dict().keys() == before.keys()
    assert all(torch.equal(value, before[name]) for name, value in backbone.state_dict().items())
    torch.testing.assert_close(backbone.encode_frames(pixels), expected, atol=0, rtol=0)


def test_half_precision_is_stored_and_rounds_as_autocast_does(backbone):
    pixels = torch.randn(2, 3, 64, 64)
    lean = lean_tower(backbone.clip.visual, torch.bfloat16)
    with torch.autocast("cpu", torch.bfloat16):
        found = backbone.encode_frames(pixels, lean)
    assert found.dtype == torch.float32
    cosines = (found * backbone.encode_frames(pixels)).sum(-1)
    assert cosines.min() > 0.9995
    convolutions = [module for module in lean.modules() if isinstance(module, nn.Conv2d)]
    assert {module.weight.dtype for module in convolutions} == {torch.bfloat16}


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_activations_within_convolutions_change_nothing(backbone, monkeypatch, precision):
    pixels = torch.randn(2, 3, 64, 64)
    visual = backbone.clip.visual
    fused = lean_tower(visual, precision)
    monkeypatch.setattr("core.model.lean_tower.can_fuse", lambda _: False)
    apart = lean_tower(visual, precision)
    assert not any(isinstance(module, ClippedConvolution) for module in apart.modules())
    with (
        torch.inference_mode(),
        torch.autocast("cpu", torch.bfloat16, enabled=precision.itemsize < 4),
    ):
        found, expected = fused(pixels).float(), apart(pixels).float()
    assert torch.cosine_similarity(found, expected).min() > 0.9999
    if can_fuse(precision):
        assert any(isinstance(module, ClippedConvolution) for module in fused.modules())


def test_transformers_of_open_clip_are_not_copied(tiny_backbone):
    assert lean_tower(tiny_backbone.clip.visual, torch.float32) is None
