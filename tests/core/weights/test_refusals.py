"""What is wrong with a weight file is said, and nothing in it is run."""

import json
import os
import pickle
import warnings
import zipfile

import pytest
import torch
from safetensors.torch import save_file

from core.checkpoint import load_backbone
from core.errors import A3LignError, BackboneError
from core.weights.load import load_clip
from tests.core.weights import published as forms


def refuse(path, words, name="ViT-B-32"):
    with pytest.raises(BackboneError, match=words) as caught:
        load_clip(name, str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "pointer of Git LFS"),
        (b"\x89HDF\r\n\x1a\n and so on", "is no weight file"),
        (b"PK\x03\x04 the rest is missing", "damaged or cut off"),
        (b"\x80\x02 not a pickle", "damaged or cut off"),
        (b"\xff\xff\xff\xff\xff\xff\xff\x7f{}", "damaged or cut off"),
    ],
)
def test_what_is_no_weight_file(tmp_path, content, words):
    path = tmp_path / "file"
    path.write_bytes(content)
    refuse(path, words)


@pytest.mark.parametrize(
    "write",
    [forms.write_archive, forms.write_state, forms.write_old_state, forms.write_safetensors],
)
@pytest.mark.parametrize("share", [0.05, 0.5, 0.99])
def test_a_file_that_is_cut_off(write, share, tmp_path, plain):
    path = write(tmp_path, plain)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    refuse(path, "damaged or cut off")


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("exploded",)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_that_wants_to_run_is_refused(zipped, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "clip.pt"
    torch.save({"a": Bomb()}, path, _use_new_zipfile_serialization=zipped)
    refuse(path, "more than tensors")
    assert not (tmp_path / "exploded").exists()


def rewrite(path, change):
    """Change the entries of a zip."""
    with zipfile.ZipFile(path) as archive:
        entries = {info.filename: archive.read(info) for info in archive.infolist()}
    change(entries)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)


@pytest.mark.parametrize(
    "table",
    [
        pickle.dumps(Bomb(), 2),
        b"cos\nmkdir\n(S'exploded'\ntR.",
        b"ctorch._utils\n_rebuild_parameter\n.",
        b"cbuiltins\neval\n(S'1'\ntR.",
        b"c__torch__\nA\n(S'x'\ntR.",  # its own class with an argument
        b"ctorch._utils\n_rebuild_tensor_v2\n(tR.",
        b"not a pickle",
        b"",
    ],
)
def test_an_archive_whose_table_is_no_table(table, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "ViT-B-32.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/constants.pkl", pickle.dumps((), 2))
        archive.writestr("archive/data.pkl", table)
    refuse(path, "no archive of weights")
    assert not (tmp_path / "exploded").exists()


class Opener(torch.nn.Module):
    """TorchScript can make files, and runs ``__setstate__`` when ``torch.jit.load`` reads it."""

    def __init__(self):
        super().__init__()
        self.made = torch.zeros(1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x

    @torch.jit.export
    def __getstate__(self) -> int:
        return 0

    @torch.jit.export
    def __setstate__(self, state: int) -> None:
        self.made = torch.from_file("exploded", True, 16)
        self.training = False


def test_the_program_of_an_archive_is_not_run(tmp_path, plain, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = forms.write_archive(tmp_path, plain, Opener())
    refuse(path, "no archive of weights")
    assert not (tmp_path / "exploded").exists()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.load(path)  # why it is not used
    assert (tmp_path / "exploded").exists()


def test_entries_smaller_than_the_table_says(tmp_path, plain):
    path = forms.write_archive(tmp_path, plain)

    def shrink(entries):
        name = max(entries, key=lambda name: len(entries[name]))
        entries[name] = entries[name][:-2]

    rewrite(path, shrink)
    refuse(path, "does not hold")


def test_a_compressed_zip_is_not_unfolded(tmp_path):
    path = tmp_path / "bomb.pt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb/data.pkl", pickle.dumps({}, 2))
        archive.writestr("bomb/data/0", bytes(10**7))
    refuse(path, "compressed zip")


def test_a_file_of_another_architecture(tmp_path, plain, monkeypatch):
    path = forms.write_state(tmp_path, plain)
    refuse(path, "holds a ViT-B-32, but ViT-B-16 was asked for", "ViT-B-16")
    state = plain.state_dict()
    state["visual.conv1.weight"] = torch.zeros(48, 3, 32, 32)
    torch.save(state, path)
    refuse(path, r"another size .*\(48,\).*choose weights of ViT-L-14")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: {n: t for n, t in s.items() if n.startswith("visual.")}, "holds no text tower"),
        (lambda s: {n: t for n, t in s.items() if "visual." not in n}, "holds no image tower"),
        (lambda _: {"a": torch.zeros(1), "b": torch.zeros(1)}, r"holds no CLIP \(a, b"),
        (lambda s: s | {"visual.layer1.0.conv1.weight": torch.zeros(1)}, "ResNet"),
        (lambda s: {n: t for n, t in s.items() if n != "ln_final.bias"}, r"missing \(ln_final"),
        (lambda s: s | {"logit_bias": torch.zeros(1)}, r"unexpected \(logit_bias"),
        (lambda s: s | {"ln_final.bias": torch.zeros(3)}, r"another size \(ln_final"),
        (lambda s: s | {"ln_final.bias": torch.full((24,), torch.nan)}, "ln_final.bias holds NaN"),
        (lambda _: {}, "no tensors by name"),
        (lambda _: [1, 2], "holds a list"),
    ],
)  # fmt: skip
def test_weights_that_are_no_complete_clip(change, words, tmp_path, plain):
    path = tmp_path / "clip.pt"
    torch.save(change(dict(plain.state_dict())), path)
    refuse(path, words)


def test_a_transformers_file_without_a_key_layer(tmp_path, plain):
    state = forms.transformers_state(plain)
    del state["text_model.encoder.layers.0.self_attn.k_proj.weight"]
    path = tmp_path / "model.safetensors"
    save_file(state, path)
    refuse(path, r"another size \(transformer.resblocks.0.attn.in_proj_weight")


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("{", "not readable JSON"),
        ("[1]", "must hold an object"),
        (json.dumps({"model_type": "clip", "text_config": {"hidden_act": "relu"}}), "relu"),
        (json.dumps({"model_type": "clip", "text_config": {"hidden_act": "gelu"}}), "both towers"),
        ("[" * 100_000, "not readable JSON"),
    ],
)
def test_a_config_beside_the_file_that_cannot_be_followed(config, words, tmp_path, plain):
    forms.write_transformers(tmp_path, plain)
    (tmp_path / "config.json").write_text(config)
    refuse(tmp_path / "model.safetensors", words)


def test_colours_that_we_cannot_give_are_refused(tmp_path, plain):
    forms.write_transformers(tmp_path, plain)
    (tmp_path / "preprocessor_config.json").write_text(
        json.dumps({"image_mean": [0.4, 0.4, 0.4], "image_std": [0.2, 0.2, 0.2]})
    )
    refuse(tmp_path, "only CLIP's and Inception's")


def test_unknown_names_and_places_are_named(tmp_path):
    for source in ("RN50", "ViT-B-32-relu", "./nothing", str(tmp_path / "none.pt")):
        with pytest.raises(BackboneError, match=r"choose .*ViT-L-14, .*ViT-B-16, ViT-B-32"):
            load_backbone(source)
    with pytest.raises(BackboneError, match="not a file"):
        load_backbone("ViT-B-32", str(tmp_path / "none.pt"))
    with pytest.raises(BackboneError, match="holds none of open_clip_model"):
        load_backbone("ViT-B-32", str(tmp_path))
    with pytest.raises(A3LignError, match="holds none of open_clip_model"):
        load_backbone(tmp_path)
