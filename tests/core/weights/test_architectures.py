"""Which names stand for an architecture, and what is said of those that cannot."""

import json
from copy import deepcopy

import open_clip
import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from core.checkpoint import load_backbone
from core.errors import BackboneError
from core.model.architectures import ARCHITECTURES, native_px, why_not
from core.weights.load import load_clip
from tests.core.weights.published import TINY
from tests.machine import SEED

SIZES = {"ViT-L-14": 224, "ViT-L-14-336": 336}


@pytest.fixture
def twins(tmp_path, monkeypatch):
    """Two architectures that differ in the number of patches alone, and a weight file of each."""
    files = {}
    for name, size in SIZES.items():
        config = deepcopy(TINY)
        config["vision_cfg"] |= {"image_size": size, "patch_size": 56}
        path = tmp_path / f"tiny-test-{size}.json"
        path.write_text(json.dumps(config))
        open_clip.add_model_config(path)
        monkeypatch.setitem(ARCHITECTURES, name, path.stem)
        torch.manual_seed(SEED)
        clip = open_clip.CLIP(16, config["vision_cfg"], config["text_cfg"], quick_gelu=True).eval()
        files[name] = clip, tmp_path / f"{size}.safetensors"
        save_file(clip.state_dict(), files[name][1])
    return files


@pytest.mark.parametrize("name", SIZES)
def test_the_number_of_patches_tells_twins_apart(twins, name):
    clip, path = twins[name]
    opened = load_backbone(path)
    assert (opened.config.name, opened.preprocess.image_size) == (name, SIZES[name])
    assert opened.config.native_size == native_px(name) == SIZES[name]
    frames = torch.randn(1, 3, SIZES[name], SIZES[name])
    with torch.no_grad():
        expected = F.normalize(clip.encode_image(frames), dim=-1)
    torch.testing.assert_close(opened.model.encode_frames(frames), expected)
    assert load_backbone(name, str(path)).preprocess == opened.preprocess


def test_twins_are_not_taken_for_each_other(twins):
    _, path = twins["ViT-L-14-336"]
    with pytest.raises(BackboneError, match=r"holds a ViT-L-14-336, but ViT-L-14 was asked for"):
        load_clip("ViT-L-14", str(path))
    smaller = load_backbone("ViT-L-14-336", str(path), {"image_size": 112})
    assert smaller.model.encode_frames(torch.randn(1, 3, 112, 112)).shape == (1, 16)


def test_what_openai_did_not_publish_is_said():
    with pytest.raises(BackboneError, match=r"no weights of ViT-H-14; .*laion2b_s32b_b79k"):
        load_clip("ViT-H-14")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ViT-B-16-SigLIP2", "no causal mask"),
        ("ViT-L-14-CLIPA", "no causal mask"),
        ("PE-Core-B-16", "32 positions"),
        ("roberta-ViT-B-32", "transformers' roberta-base"),
        ("EVA02-L-14", "not built like CLIP's"),
        ("coca_ViT-B-32", "76 positions|not built like CLIP's"),
        ("RN50", "is a ResNet"),
        ("ViT-S-16", "nobody has tried it here"),
    ],
)
def test_models_whose_text_side_does_not_fit_are_refused_with_the_reason(name, reason):
    with pytest.raises(BackboneError, match=f"{name} cannot stand under .*({reason}).*choose"):
        load_backbone(name)


def test_every_name_of_open_clip_has_an_answer():
    for name in set(open_clip.list_models()) - set(ARCHITECTURES):
        if not name.startswith("tiny-test"):
            assert why_not(name), name
    assert why_not("ViT-L-15") == ""
