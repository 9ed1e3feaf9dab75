"""A backbone comes from a checkpoint, a FaceCLIP or a hub repository of either."""

import json
import shutil
from dataclasses import replace

import pytest
import torch

from core.checkpoint import CheckpointConfig, load_backbone, load_checkpoint, save_checkpoint
from core.errors import BackboneError, CheckpointError, ConfigError
from core.model.backbones import hash_weights, save_face_clip
from tests.conftest import TINY_BACKBONE


@pytest.fixture
def frames():
    torch.manual_seed(3)
    return torch.randn(2, 3, 32, 32)


def test_a_checkpoint_gives_the_backbone_that_it_holds(tiny_checkpoint, tiny_backbone, frames):
    loaded = load_backbone(tiny_checkpoint)
    torch.testing.assert_close(
        loaded.model.encode_frames(frames), tiny_backbone.encode_frames(frames)
    )
    assert loaded.config == replace(TINY_BACKBONE, sha256=hash_weights(tiny_backbone))
    assert loaded.preprocess.image_size == 32
    assert not any(parameter.requires_grad for parameter in loaded.model.parameters())


def test_what_is_trained_on_it_is_a_whole_checkpoint_again(
    tiny_checkpoint, tiny_config, tiny_model, tmp_path
):
    loaded = load_backbone(tiny_checkpoint)
    again = replace(tiny_config, backbone=loaded.config, preprocess=loaded.preprocess)
    tiny_model.backbone = loaded.model
    save_checkpoint(tmp_path / "again", tiny_model, CheckpointConfig(again))
    assert load_backbone(tmp_path / "again").config == loaded.config


def test_a_face_clip_folder(tiny_clip, tiny_config, tmp_path, frames):
    config = save_face_clip(tmp_path, tiny_clip, TINY_BACKBONE, tiny_config.preprocess)
    loaded = load_backbone(str(tmp_path))
    assert (loaded.config, loaded.preprocess) == (config, tiny_config.preprocess)
    zero_shot = load_checkpoint(f"zero-shot:{tmp_path}")
    torch.testing.assert_close(
        zero_shot.model.encode_frames(frames), loaded.model.encode_frames(frames)
    )


def test_a_hub_id_is_the_folder_that_it_stands_for(tiny_checkpoint, monkeypatch):
    import huggingface_hub

    asked = []

    def fetched(name, allow_patterns):
        asked.append((name, allow_patterns))
        return str(tiny_checkpoint)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fetched)
    loaded = load_backbone("somebody/something")
    assert loaded.config == load_backbone(tiny_checkpoint).config
    assert [name for name, _ in asked] == ["somebody/something"]
    assert not any(pattern.endswith((".bin", ".pt", "*")) for _, pats in asked for pattern in pats)


def test_its_image_input_cannot_be_changed(tiny_checkpoint):
    with pytest.raises(ConfigError, match=r"belongs to .*tiny: no --preprocess"):
        load_backbone(tiny_checkpoint, preprocess={"grey": True})


def test_a_broken_checkpoint_says_what_is_wrong_with_it(tiny_checkpoint):
    (tiny_checkpoint / "model.safetensors").write_bytes(b"12345678{}")
    with pytest.raises(CheckpointError, match="damaged or cut off"):
        load_backbone(tiny_checkpoint)
    shutil.rmtree(tiny_checkpoint)
    with pytest.raises(BackboneError, match="unknown backbone"):
        load_backbone(str(tiny_checkpoint))


def test_a_folder_for_something_else_is_no_face_clip(tmp_path):
    settings = {"backbone": {"name": "ViT-B-32"}, "preprocess": {}}
    (tmp_path / "config.json").write_text(json.dumps(settings))
    with pytest.raises(BackboneError, match="to hold a ViT-B-32, not a FaceCLIP"):
        load_backbone(tmp_path)
