"""Every form that CLIP is published in gives what open_clip itself computes with the weights."""

import json
import logging

import open_clip
import pytest
import torch
import torch.nn.functional as F
from open_clip.transformer import QuickGELU

from core.checkpoint import load_backbone, load_checkpoint
from core.errors import BackboneError, ConfigError
from core.model.architectures import ARCHITECTURES, build_clip
from core.model.backbone import FrozenClip
from core.model.backbones import hash_weights
from core.weights import load
from core.weights.load import load_clip
from core.weights.origin import OPENAI_SHA256, describe_backbone
from tests.core.weights import published as forms

FORMS = {
    "OpenAI's archive": forms.write_archive,
    "state dictionary": forms.write_state,
    "old state dictionary": forms.write_old_state,
    "open_clip's safetensors": forms.write_safetensors,
    "open_clip's training file": forms.write_training,
    "transformers' safetensors": forms.write_transformers,
    "transformers' bin": forms.write_transformers_bin,
}
TEXTS = ["a happy face.", "someone who looks rather afraid of something"]


def assert_same(model, clip):
    frames = torch.randn(2, 3, 224, 224)
    with torch.no_grad():
        image = F.normalize(clip.encode_image(frames), dim=-1)
        text = F.normalize(clip.encode_text(open_clip.tokenize(TEXTS)), dim=-1)
    torch.testing.assert_close(model.encode_frames(frames), image)
    torch.testing.assert_close(model.encode_texts(TEXTS), text)


@pytest.mark.parametrize("form", FORMS)
def test_a_file_gives_open_clips_own_features(form, tmp_path, plain):
    path = FORMS[form](tmp_path, plain)
    loaded = load_clip("ViT-B-32", str(path))
    assert_same(loaded.model, plain)
    # The same weights are one backbone, whatever file they came in.
    assert loaded.config.sha256 == hash_weights(FrozenClip(plain))


@pytest.mark.parametrize("write", [forms.write_safetensors, forms.write_transformers])
def test_a_folder_stands_for_the_file_in_it(write, tmp_path, plain):
    write(tmp_path, plain)
    assert_same(load_clip("ViT-B-32", str(tmp_path)).model, plain)


def test_the_same_forms_serve_as_backbone_and_for_zero_shot(tmp_path, plain):
    path = forms.write_archive(tmp_path, plain)
    assert_same(load_backbone(path).model, plain)
    assert_same(load_backbone("ViT-B-32", str(path)).model, plain)
    checkpoint = load_checkpoint(f"zero-shot:{path}")
    assert_same(checkpoint.model.backbone, plain)
    assert checkpoint.config.model.backbone.evidence == "archive"
    assert "activation quick-gelu (says the archive's program)" in checkpoint.card.markdown


def test_the_activation_is_what_the_config_beside_the_file_says(tmp_path):
    clip = forms.plain_clip(quick_gelu=False)
    forms.write_transformers(tmp_path, clip, "gelu")
    loaded = load_clip("ViT-B-32", str(tmp_path))
    assert_same(loaded.model, clip)
    assert (loaded.config.activation, loaded.config.evidence) == ("gelu", "beside")


@pytest.mark.parametrize("quick", [True, False])
def test_open_clips_config_names_activation_and_colours(tmp_path, quick):
    clip = forms.plain_clip(quick_gelu=quick)
    forms.write_safetensors(tmp_path, clip)
    half = [0.5, 0.5, 0.5]
    (tmp_path / "open_clip_config.json").write_text(
        json.dumps({
            "model_cfg": {"embed_dim": 16, **({"quick_gelu": True} if quick else {})},
            "preprocess_cfg": {"mean": half, "std": half},
        })
    )  # fmt: skip
    loaded = load_backbone(tmp_path)
    assert_same(loaded.model, clip)
    assert loaded.config.evidence == "beside"
    assert "config beside" in describe_backbone(loaded.config)
    assert loaded.preprocess.colours == "inception"
    assert load_backbone(tmp_path, preprocess={"colours": "clip"}).preprocess.colours == "clip"


def test_without_a_word_openais_activation_is_assumed_and_noted(tmp_path, plain, caplog):
    path = forms.write_state(tmp_path, plain)
    loaded = load_clip("ViT-B-32", str(path))
    assert (loaded.config.activation, loaded.config.evidence) == ("quick-gelu", "assumed")
    assert "QuickGELU is assumed" in caplog.text
    assert "-gelu" in caplog.text


def test_a_name_can_say_the_activation(tmp_path, caplog):
    clip = forms.plain_clip(quick_gelu=False)
    path = forms.write_state(tmp_path, clip)
    with caplog.at_level(logging.WARNING):
        loaded = load_backbone("ViT-B-32-gelu", str(path))
    assert not caplog.text
    assert_same(loaded.model, clip)
    assert (loaded.config.name, loaded.config.activation, loaded.config.evidence) == (
        "ViT-B-32", "gelu", "asked",
    )  # fmt: skip
    assumed = load_clip("ViT-B-32", str(path))
    assert assumed.config.sha256 != loaded.config.sha256  # other features, another backbone


def test_a_name_that_contradicts_the_file_is_refused(tmp_path, plain):
    path = forms.write_archive(tmp_path, plain)
    with pytest.raises(BackboneError, match=r"trained with quick-gelu .*program.* gelu was asked"):
        load_backbone("ViT-B-32-gelu", str(path))


@pytest.mark.parametrize(
    ("tag", "activation"),
    [("openai", "quick-gelu"), ("laion2b_s34b_b79k", "gelu"), ("datacomp_xl_s13b_b90k", "gelu"),
     ("laion400m_e32", "quick-gelu")],
)  # fmt: skip
def test_published_weights_are_fetched_by_name(tag, activation, tmp_path, monkeypatch):
    clip = forms.plain_clip(quick_gelu=activation == "quick-gelu")
    path, asked = forms.write_safetensors(tmp_path, clip), []

    def give(entry):
        asked.append(entry)
        return str(path)

    monkeypatch.setattr(open_clip, "download_pretrained", give)
    loaded = load_clip("ViT-B-32", tag)
    assert asked == [open_clip.get_pretrained_cfg("ViT-B-32", tag)]
    assert_same(loaded.model, clip)
    config = loaded.config
    assert (config.weights, config.activation, config.evidence) == (tag, activation, "published")


def test_a_hub_that_cannot_be_reached_names_the_way_out(monkeypatch):
    def offline(_):
        raise OSError("no network")

    monkeypatch.setattr(open_clip, "download_pretrained", offline)
    with pytest.raises(BackboneError, match=r"openai of ViT-B-32 cannot be fetched .*weights"):
        load_clip("ViT-B-32")


@pytest.mark.parametrize("digest", OPENAI_SHA256)
def test_openais_published_files_are_known(digest, tmp_path, plain, monkeypatch):
    name = OPENAI_SHA256[digest]
    monkeypatch.setitem(ARCHITECTURES, name, "tiny-test-vit")
    monkeypatch.setattr(
        load, "architecture_of", lambda *_: name
    )  # all three are the same tiny network here
    path = forms.write_state(tmp_path, plain)
    read = load.read_weights(path)
    monkeypatch.setattr(
        load, "read_weights", lambda _: load.WeightFile(read.path, read.state, digest)
    )
    config = load_clip(name, str(path)).config
    assert (config.weights, config.evidence) == ("openai", "published")


def test_the_known_hashes_are_those_of_the_downloads():
    """open_clip's table holds OpenAI's addresses, and these their hashes."""
    for digest, name in OPENAI_SHA256.items():
        address = open_clip.get_pretrained_cfg(name, "openai")["url"]
        assert digest in address


def test_the_table_of_open_clip_knows_other_files_by_eight_digits(tmp_path, plain, monkeypatch):
    path = forms.write_state(tmp_path, plain)
    read = load.read_weights(path)
    digest = "46683a32" + read.sha256[8:]  # vit_b_32-quickgelu-laion400m_e32-46683a32.pt
    monkeypatch.setattr(
        load, "read_weights", lambda _: load.WeightFile(read.path, read.state, digest)
    )
    config = load_clip("ViT-B-32", str(path)).config
    assert (config.weights, config.activation) == ("laion400m_e32", "quick-gelu")


def test_positions_of_another_input_size_are_interpolated(tmp_path, plain):
    path = forms.write_archive(tmp_path, plain)
    loaded = load_backbone("ViT-B-32", str(path), {"image_size": 128})
    assert loaded.preprocess.image_size == 128
    assert loaded.model.encode_frames(torch.randn(1, 3, 128, 128)).shape == (1, 16)
    with pytest.raises(BackboneError, match="32 px"):
        load_backbone("ViT-B-32", str(path), {"image_size": 112})
    with pytest.raises(ConfigError, match="--preprocess: unknown setting 'size'"):
        load_backbone("ViT-B-32", str(path), {"size": 112})


@pytest.mark.parametrize("name", ["ViT-B-16", "ViT-L-14", "ViT-L-14-336", "ViT-H-14"])
def test_openais_architectures_have_quick_gelu_unless_told_otherwise(name):
    """open_clip's plain names have GELU; the sizes are the same."""
    plain, quick = (open_clip.get_model_config(f"{name}{end}") for end in ("", "-quickgelu"))
    assert quick.pop("quick_gelu") is True
    assert plain == quick


def test_the_activation_is_built_as_asked():
    for activation, kind in (("quick-gelu", QuickGELU), ("gelu", torch.nn.GELU)):
        found = {
            type(m) for m in build_clip("ViT-B-32", activation).modules() if "GELU" in str(type(m))
        }
        assert found == {kind}
