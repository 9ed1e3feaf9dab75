"""A checkpoint is closed data: whatever a stranger wrote into its folder, one sentence says it."""

import hashlib
import json
import os
import socket
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.backbone_config import BackboneConfig
from core.checkpoint import SHIPPED, Calibration, CheckpointConfig, load_checkpoint, read
from core.config import ModelConfig
from core.errors import A3LignError, CheckpointError, ConfigError
from core.model.registry import complete_options
from core.settings import dump_settings, parse_settings

DEEP = "[" * 100_000


def edit_config(folder, change):
    path = folder / "config.json"
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def edit_weights(folder, change):
    """Rewrite the weights together with their hash, as somebody who knows the format would."""
    path = folder / "model.safetensors"
    state = load_file(path)
    change(state)
    save_file(state, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    edit_config(folder, lambda data: data.update(weights_sha256=digest))


def refuse(folder, words=None, kind=A3LignError):
    with pytest.raises(kind, match=words) as caught:
        load_checkpoint(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["config.json", "metrics.json", "map.json"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not readable JSON"),
        (b"[]", "must hold an object, not a list"),
        (b"null", "must hold an object"),
        (b"\xff\xfe{}", "not UTF-8"),
        (DEEP.encode(), "not readable JSON"),
        (b'{"a": ' + b"1" * 5000 + b"}", "not readable JSON"),
    ],
)
def test_files_that_hold_something_else(tiny_checkpoint, name, content, words):
    (tiny_checkpoint / name).write_bytes(content)
    refuse(tiny_checkpoint, f"{name} .*{words}", CheckpointError)


@pytest.mark.parametrize("value", ["\ud800", [[[[0]]]] * 2, {"a": {}}, float("nan"), -1, None, "x"])
@pytest.mark.parametrize("place", ["frames", "labels", "backbone", "tokens", "temperature"])
def test_settings_of_another_kind(tiny_checkpoint, place, value):
    edit_config(tiny_checkpoint, lambda data: data["model"].update({place: value}))
    refuse(tiny_checkpoint)


def test_a_card_of_any_bytes_is_a_text(tiny_checkpoint):
    (tiny_checkpoint / "README.md").write_bytes(b"\xff\xfe card")
    assert load_checkpoint(tiny_checkpoint).card.markdown.endswith(" card")


def test_metrics_of_any_contents_are_kept_as_data(tiny_checkpoint):
    (tiny_checkpoint / "metrics.json").write_text('{"demo": [1], "test": 3}')
    assert load_checkpoint(tiny_checkpoint).card.metrics == {"demo": [1], "test": 3}


@pytest.mark.parametrize("name", ["README.md", "metrics.json", "map.json", "config.json"])
def test_links_out_of_the_folder_are_refused(tiny_checkpoint, tmp_path, name):
    secret = tmp_path / "secret"
    secret.write_text('{"password": 1}')
    (tiny_checkpoint / name).unlink(missing_ok=True)
    (tiny_checkpoint / name).symlink_to(secret)
    refuse(tiny_checkpoint, f"{name} leads out of its folder", CheckpointError)


def test_a_link_inside_the_folder_is_fine(tiny_checkpoint):
    (tiny_checkpoint / "README.md").rename(tiny_checkpoint / "card.md")
    (tiny_checkpoint / "README.md").symlink_to("card.md")
    assert "Tiny" in load_checkpoint(tiny_checkpoint).card.markdown


def test_the_hubs_cache_keeps_contents_under_links(tiny_checkpoint, tmp_path):
    home = tmp_path / "models--owner--name"
    blobs, snapshot = home / "blobs", home / "snapshots" / "0a1b"
    blobs.mkdir(parents=True)
    snapshot.mkdir(parents=True)
    for number, file in enumerate(tiny_checkpoint.iterdir()):
        file.rename(blobs / str(number))
        (snapshot / file.name).symlink_to(f"../../blobs/{number}")
    assert load_checkpoint(snapshot).card.is_demo
    (snapshot / "README.md").unlink()
    (snapshot / "README.md").symlink_to(tmp_path)
    refuse(snapshot, "leads out of its folder", CheckpointError)


@pytest.mark.parametrize("name", ["model.safetensors", "README.md", "config.json"])
def test_devices_pipes_sockets_and_circles_are_not_read(tiny_checkpoint, tmp_path, name):
    path = tiny_checkpoint / name
    path.unlink()
    path.symlink_to("/dev/zero")
    refuse(tiny_checkpoint, "leads out of its folder", CheckpointError)
    path.unlink()
    os.mkfifo(path)
    refuse(tiny_checkpoint, "no ordinary file", CheckpointError)
    path.unlink()
    path.symlink_to(name)
    refuse(tiny_checkpoint, "leads nowhere", CheckpointError)
    path.unlink()
    path.mkdir()
    refuse(tiny_checkpoint, "no ordinary file", CheckpointError)


def test_a_card_or_config_larger_than_a_megabyte_is_not_read(tiny_checkpoint):
    with (tiny_checkpoint / "README.md").open("wb") as file:
        file.truncate(10 * 2**30)  # takes no space
    refuse(tiny_checkpoint, r"README.md has 10240 MB, more than 1", CheckpointError)


LARGE = {
    "image of 20,000 px": lambda model: model["backbone"]["vision"].update(image_size=20_000),
    "a million layers": lambda model: model["backbone"]["vision"].update(layers=1_000_000),
    "wide and deep": lambda model: model["backbone"]["vision"].update(layers=48, width=1024),
    "wide text tower": lambda model: model["backbone"]["text"].update(width=1_000_000),
    "20,000 labels": lambda model: model.update(labels=[f"l{n}" for n in range(20_000)]),
    "a long label": lambda model: model.update(labels=["a", "b" * 10_000]),
    "a million sentences": lambda model: model["tokens"].update(sentences=1_000_000),
    "many embeddings": lambda model: model["tokens"].update(sentences=1000, tokens=74),
    "a million layers over time": lambda model: model["synchronizer"].update(layers=1_000_000),
    "wide layers over time": lambda model: model["synchronizer"].update(feedforward=65_536),
    "many heads": lambda model: model["synchronizer"].update(heads=65_536, head_width=65_536),
    "a million frames": lambda model: model.update(frames=1_000_000),
    "a crop of a million px": lambda model: model["preprocess"].update(image_size=1_000_000),
    "more tokens than are stored": lambda model: model["tokens"].update(sentences=250, tokens=74),
    "more layers than are stored": lambda model: model["synchronizer"].update(feedforward=9_000),
    "a tower larger than the stored one": lambda model: model["backbone"]["vision"].update(
        layers=40, width=256
    ),
    "a joint space without end": lambda model: model["backbone"].update(embed_dim=10**9),
}


@pytest.mark.parametrize("what", LARGE)
def test_settings_alone_cannot_fill_the_memory(tiny_checkpoint, what, monkeypatch):
    def build(*_):
        raise AssertionError("it was built before it was refused")

    for name in ("build_untrained", "build_model"):
        monkeypatch.setattr(read, name, build)
    edit_config(tiny_checkpoint, lambda data: LARGE[what](data["model"]))
    refuse(tiny_checkpoint)


CALLS = {
    "hub": {"timm_model_name": "hf-hub:evil/model", "image_size": 32},
    "folder": {"timm_model_name": "local-dir:/etc", "image_size": 32},
    "pretrained": {"timm_model_name": "resnet18", "timm_model_pretrained": True, "image_size": 32},
    "another network": {"timm_model_name": "vit_giant_patch14_224", "image_size": 32},
    "a file": {"timm_model_name": "resnet18", "timm_model_checkpoint": "x", "image_size": 32},
}


@pytest.mark.parametrize("what", CALLS)
@pytest.mark.parametrize("tower", ["vision", "text"])
def test_no_setting_makes_a_checkpoint_call_out(tiny_checkpoint, what, tower, monkeypatch):
    def connect(*_):
        raise AssertionError("a connection was asked for")

    monkeypatch.setattr(socket.socket, "connect", connect)
    vision = CALLS[what] if tower == "vision" else {"hf_model_name": "evil/model", **CALLS[what]}
    edit_config(tiny_checkpoint, lambda data: data["model"]["backbone"].update({tower: vision}))
    refuse(tiny_checkpoint, f"model.backbone.{tower}")


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize(
    "name",
    ["tokens.embeddings", "derived.class_vectors", "derived.sentence_features",
     "backbone.ln_final.bias", "comparison.log_scale"],
)  # fmt: skip
def test_one_number_that_is_none_is_enough(tiny_checkpoint, name, value):
    edit_weights(tiny_checkpoint, lambda state: state[name].view(-1)[-1:].fill_(value))
    refuse(tiny_checkpoint, "holds NaN or infinity", CheckpointError)


@pytest.mark.parametrize("scale", [1e4, -1e4])
def test_a_temperature_that_no_training_reaches(tiny_checkpoint, scale):
    edit_weights(tiny_checkpoint, lambda state: state["comparison.log_scale"].fill_(scale))
    refuse(tiny_checkpoint, "no training reaches", CheckpointError)


@pytest.mark.parametrize("value", [0, 1e-320, 1e30, -1, float("nan"), float("inf")])
def test_a_calibration_that_no_fit_reaches(tiny_checkpoint, value):
    calibration = dump_settings(Calibration()) | {"temperature": value}
    edit_config(tiny_checkpoint, lambda data: data.update(calibration=calibration))
    refuse(tiny_checkpoint, r"calibration\.temperature|not readable")


@pytest.mark.parametrize(
    ("name", "shape"),
    [("class_vectors", (6, 1, 16)), ("class_vectors", (7, 16)), ("class_vectors", (7, 4, 16)),
     ("class_vectors", (7, 1, 8)), ("sentence_features", (7, 3, 16)),
     ("sentence_features", ()), ("sentence_features", (7, 4, 8))],
)  # fmt: skip
def test_derived_vectors_of_another_shape(tiny_checkpoint, name, shape):
    edit_weights(
        tiny_checkpoint, lambda state: state.update({f"derived.{name}": torch.ones(shape)})
    )
    refuse(tiny_checkpoint, "shape", CheckpointError)


def test_whole_numbers_where_weights_should_be(tiny_checkpoint):
    edit_weights(
        tiny_checkpoint,
        lambda state: state.update(
            {"derived.class_vectors": torch.ones(7, 1, 16, dtype=torch.int64)}
        ),
    )
    refuse(tiny_checkpoint, "derived.class_vectors", CheckpointError)


def test_a_checkpoint_of_an_earlier_version_keeps_its_settings():
    """As written before towers were closed: empty objects, no activation, another network."""
    plain = {"name": "ViT-B-32", "embed_dim": None, "vision": {}, "text": {}, "sha256": ""}
    assert parse_settings(BackboneConfig, plain, source="old") == BackboneConfig(name="ViT-B-32")
    towers = {
        "name": "FaceCLIP",
        "embed_dim": 256,
        "vision": {
            "timm_model_name": "resnet18",
            "timm_model_pretrained": False,
            "timm_pool": "avg",
            "timm_proj": "linear",
            "image_size": 80,
        },
        "text": {"width": 64, "heads": 2, "layers": 2},
        "sha256": "748b09fbf10def1162ea17375d2df969466a5686b94172eb5fa99ad9da920e2a",
    }
    dumped = dump_settings(parse_settings(BackboneConfig, towers, source="old"))
    assert towers.items() <= dumped.items()


def test_the_shipped_checkpoint_means_what_it_meant():
    stored = json.loads((SHIPPED / "config.json").read_text())
    config = parse_settings(CheckpointConfig, stored, source="shipped")
    assert parse_settings(CheckpointConfig, dump_settings(config), source="again") == config
    dumped = dump_settings(config)["model"]
    for part in ("preprocess", "tokens", "synchronizer"):
        assert stored["model"].pop(part).items() <= dumped.pop(part).items()
    assert stored["model"].pop("backbone").items() <= dumped.pop("backbone").items()
    assert stored["model"].items() <= dumped.items()


def test_the_shipped_weights_give_the_numbers_that_they_gave():
    """Written down when they were shipped: waves instead of faces."""
    y, x = torch.meshgrid(torch.linspace(-1, 1, 128), torch.linspace(-1, 1, 128), indexing="ij")
    moments = torch.linspace(0, 2, 16)
    frames = torch.stack([torch.sin((3 + t) * x) + torch.cos((5 - t) * y * x) for t in moments])
    checkpoint = load_checkpoint()
    if checkpoint.config.weights_sha256 != PINNED:
        pytest.skip("other weights ship now; their numbers are not written down")
    with torch.no_grad():
        features = checkpoint.model.encode_frames(frames[:, None].expand(-1, 3, -1, -1))
        logits = checkpoint.model(features[None], checkpoint.class_vectors)[0]
    expected = [10.56062, 13.94577, 11.82446, 10.42917, 9.93356, 10.12001, 11.72919]
    torch.testing.assert_close(logits, torch.tensor(expected), atol=2e-3, rtol=0)


PINNED = "dc31a94b7badd5a5220e3de5e9cd83b7e995c2731c176eba550242b31da488bd"


def test_products_of_allowed_sizes_are_bounded():
    config = ModelConfig()
    for change in (
        {"tokens": replace(config.tokens, sentences=1000)},
        {"synchronizer": replace(config.synchronizer, layers=48, heads=16, feedforward=4096)},
    ):
        with pytest.raises(ValueError, match="at most"):
            replace(config, **change)
    for method in ("dfer-clip", "finecliper"):
        with pytest.raises(ConfigError, match="at most"):
            complete_options(method, {"layers": 1000})
