"""A folder that loads is the folder that was saved; anything else is named."""

import hashlib
import json
import os
import shutil
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.checkpoint import (
    SHIPPED,
    Calibration,
    CheckpointConfig,
    load_checkpoint,
    save_checkpoint,
)
from core.checkpoint.load import SHIPPED_NAME
from core.config import SynchronizerConfig
from core.errors import CheckpointError, ConfigError
from core.model.backbones import hash_weights


@pytest.fixture
def features():
    torch.manual_seed(6)
    return torch.randn(2, 4, 16)


def edit_config(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def edit_weights(folder, change):
    """Rewrite the weights together with their hash, as somebody who knows the format would."""
    path = folder / "model.safetensors"
    state = load_file(path)
    change(state)
    save_file(state, path)
    edit_config(folder, weights_sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def test_round_trip(tiny_checkpoint, tiny_model, tiny_config, features):
    loaded = load_checkpoint(tiny_checkpoint)
    assert loaded.config.model == tiny_config
    assert loaded.config.phase == "joint"
    torch.testing.assert_close(loaded.model(features), tiny_model(features))
    torch.testing.assert_close(
        loaded.model(features, loaded.class_vectors), tiny_model(features), atol=1e-4, rtol=1e-4
    )
    torch.testing.assert_close(loaded.sentence_features, tiny_model.sentence_features())
    assert not any(p.requires_grad for p in loaded.model.parameters())
    assert loaded.card.is_demo
    assert "Tiny" in loaded.card.markdown
    assert loaded.map is None


def test_a_folder_that_does_not_know_positions_settings_keeps_what_they_were(tiny_checkpoint):
    """Neither start nor place of positions stood in files at first; new models start otherwise."""
    model = json.loads((tiny_checkpoint / "config.json").read_text())["model"]
    older = {k: v for k, v in model["synchronizer"].items() if not k.startswith("position_")}
    edit_config(tiny_checkpoint, model=model | {"synchronizer": older})
    found = load_checkpoint(tiny_checkpoint).config.model.synchronizer
    assert (found.position_start, found.position_deviation) == ("normal", 0.02)
    assert found.position_place == "blocks"
    assert SynchronizerConfig().position_start == "sinusoids"


def test_the_shipped_weights_answer_as_when_they_were_stored():
    """They were made before positions had settings: class vectors are recomputed from them."""
    shipped = load_checkpoint()
    assert shipped.config.model.synchronizer.position_place == "blocks"
    found = shipped.model.class_vectors()
    torch.testing.assert_close(found, shipped.class_vectors, atol=2e-3, rtol=2e-3)


@pytest.mark.parametrize("phase", ["text", "video", "joint"])
def test_every_phase_round_trips(tmp_path, tiny_model, tiny_config, features, phase):
    tiny_model.phase = phase
    save_checkpoint(tmp_path / phase, tiny_model, CheckpointConfig(tiny_config))
    loaded = load_checkpoint(tmp_path / phase)
    assert loaded.config.phase == phase
    torch.testing.assert_close(loaded.model(features), tiny_model(features))


def test_half_precision_is_a_rounding(tmp_path, tiny_model, tiny_config, features):
    config = CheckpointConfig(tiny_config, calibration=Calibration(2.0, 0.3))
    save_checkpoint(tmp_path / "half", tiny_model, config, half=True)
    save_checkpoint(tmp_path / "full", tiny_model, config)
    sizes = [(tmp_path / n / "model.safetensors").stat().st_size for n in ("half", "full")]
    assert sizes[0] < 0.6 * sizes[1]
    loaded = load_checkpoint(tmp_path / "half")
    assert loaded.config.calibration == Calibration(2.0, 0.3)
    torch.testing.assert_close(loaded.model(features), tiny_model(features), atol=0.5, rtol=0.02)


def test_an_unfrozen_backbone_is_not_left_out(tmp_path, tiny_model, tiny_config):
    next(tiny_model.backbone.parameters()).requires_grad_(True)
    with pytest.raises(ValueError, match="not frozen"):
        save_checkpoint(tmp_path, tiny_model, CheckpointConfig(tiny_config))


def test_truncated_weights(tiny_checkpoint):
    path = tiny_checkpoint / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match="damaged or cut off"):
        load_checkpoint(tiny_checkpoint)


def test_edited_weights(tiny_checkpoint):
    path = tiny_checkpoint / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="edited or belongs to another"):
        load_checkpoint(tiny_checkpoint)


def test_a_pickle_is_no_checkpoint(tiny_checkpoint, tiny_model):
    torch.save(tiny_model.state_dict(), tiny_checkpoint / "model.safetensors")
    with pytest.raises(CheckpointError, match="damaged or cut off"):
        load_checkpoint(tiny_checkpoint)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_missing_files(tiny_checkpoint, name):
    (tiny_checkpoint / name).unlink()
    with pytest.raises(CheckpointError, match=f"{name} is missing"):
        load_checkpoint(tiny_checkpoint)


def test_missing_and_unexpected_weights_are_named(tiny_checkpoint):
    def change(state):
        del state["tokens.embeddings"]
        state["tokens.other"] = torch.zeros(1)

    edit_weights(tiny_checkpoint, change)
    with pytest.raises(CheckpointError, match=r"missing \(tokens.embeddings\).*\(tokens.other\)"):
        load_checkpoint(tiny_checkpoint)


def test_missing_class_vectors_are_named(tiny_checkpoint):
    edit_weights(tiny_checkpoint, lambda state: state.pop("derived.class_vectors"))
    with pytest.raises(CheckpointError, match=r"derived\.class_vectors"):
        load_checkpoint(tiny_checkpoint)


def test_weights_of_another_size_are_named(tiny_checkpoint):
    config = json.loads((tiny_checkpoint / "config.json").read_text())
    config["model"]["tokens"]["tokens"] = 5
    edit_config(tiny_checkpoint, **config)
    with pytest.raises(CheckpointError, match=r"another size \(tokens.embeddings\)"):
        load_checkpoint(tiny_checkpoint)


def test_unknown_setting(tiny_checkpoint):
    edit_config(tiny_checkpoint, colour="red")
    with pytest.raises(ConfigError, match="unknown setting 'colour'"):
        load_checkpoint(tiny_checkpoint)


def test_config_that_is_no_json(tiny_checkpoint):
    (tiny_checkpoint / "config.json").write_text("{")
    with pytest.raises(CheckpointError, match="not readable JSON"):
        load_checkpoint(tiny_checkpoint)


def test_another_backbone(tmp_path, tiny_model, tiny_config):
    backbone = replace(tiny_config.backbone, sha256=hash_weights(tiny_model.backbone))
    right = CheckpointConfig(replace(tiny_config, backbone=backbone))
    save_checkpoint(tmp_path, tiny_model, right)
    load_checkpoint(tmp_path)
    edit_weights(tmp_path, lambda state: state["backbone.ln_final.bias"].add_(1))
    with pytest.raises(CheckpointError, match=r"trained on FaceCLIP weights .* at hand is"):
        load_checkpoint(tmp_path)


def test_neither_folder_nor_hub_id(tmp_path):
    for source in (tmp_path / "none", "no such thing", "./a/b"):
        with pytest.raises(CheckpointError, match="not a folder"):
            load_checkpoint(source)


def test_a_hub_that_cannot_be_reached(monkeypatch):
    import huggingface_hub

    def offline(*_, **__):
        raise OSError("no network")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", offline)
    with pytest.raises(CheckpointError, match="could not be fetched"):
        load_checkpoint("somebody/something")


def test_a_hub_folder_loads_like_a_local_one(monkeypatch, tiny_checkpoint):
    import huggingface_hub

    asked = []

    def fetched(name, allow_patterns):
        asked.append((name, allow_patterns))
        return str(tiny_checkpoint)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fetched)
    assert load_checkpoint("somebody/something").name == "somebody/something"
    assert "model.safetensors" in asked[0][1]
    assert not any(pattern.endswith((".bin", ".pt", ".pkl", "*")) for pattern in asked[0][1])


def test_saving_again_replaces_the_files(tiny_checkpoint, tiny_model, tiny_config, features):
    with torch.no_grad():
        tiny_model.tokens.embeddings.add_(1.0)
    save_checkpoint(tiny_checkpoint, tiny_model, CheckpointConfig(tiny_config))
    torch.testing.assert_close(
        load_checkpoint(tiny_checkpoint).model(features), tiny_model(features)
    )
    assert not list(tiny_checkpoint.glob("*.partial"))


def test_a_disk_that_is_full_keeps_the_checkpoint(
    tiny_checkpoint, tiny_model, tiny_config, features, monkeypatch
):
    with torch.no_grad():
        expected = tiny_model(features)
        tiny_model.tokens.embeddings.add_(1.0)

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save_checkpoint(tiny_checkpoint, tiny_model, CheckpointConfig(tiny_config))
    torch.testing.assert_close(load_checkpoint(tiny_checkpoint).model(features), expected)


def test_the_shipped_checkpoint_has_a_name_of_its_own_and_a_copy_its_folders(tmp_path):
    copy = shutil.copytree(SHIPPED, tmp_path / "mine")
    assert load_checkpoint().name == SHIPPED_NAME
    assert load_checkpoint(copy).name == "mine"
