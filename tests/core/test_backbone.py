"""The frozen towers behave as open_clip's own, and only the tokens learn."""

import open_clip
import pytest
import torch
import torch.nn.functional as F
from open_clip.transformer import QuickGELU

from core.config import BackboneConfig
from core.errors import BackboneError, CheckpointError
from core.model import backbones
from core.model.backbone import FrozenClip
from core.model.backbones import (
    build_untrained,
    check_identity,
    fill,
    hash_weights,
    load_face_clip,
    load_openai,
    save_face_clip,
)
from tests.conftest import TINY_BACKBONE

TEXTS = ["a happy face.", "someone who looks rather afraid of something"]


def embedded(backbone, length):
    ids = backbone.tokenize(TEXTS[:1])
    return backbone.embed_ids(ids[:, :length]), int(ids[0].argmax())


def test_text_path_equals_open_clips_own(tiny_backbone):
    for text in TEXTS:
        ids = tiny_backbone.tokenize([text])
        ours = tiny_backbone.encode_tokens(tiny_backbone.embed_ids(ids), int(ids.argmax()))
        theirs = tiny_backbone.clip.encode_text(ids, normalize=True)
        torch.testing.assert_close(ours, theirs)


def test_positions_after_the_end_do_not_matter(tiny_backbone):
    whole, end = embedded(tiny_backbone, 77)
    short = whole[:, : end + 1]
    torch.testing.assert_close(
        tiny_backbone.encode_tokens(short, end), tiny_backbone.encode_tokens(whole, end)
    )


def test_without_the_causal_mask_it_would_differ(tiny_backbone):
    """The equality above is worth something: the mask is seen by the result."""
    whole, end = embedded(tiny_backbone, 77)
    right = tiny_backbone.encode_tokens(whole, end)
    tiny_backbone.clip.attn_mask = torch.zeros_like(tiny_backbone.clip.attn_mask)
    assert (tiny_backbone.encode_tokens(whole, end) - right).abs().max() > 1e-4


def test_gradient_reaches_the_tokens_and_not_the_weights(tiny_backbone):
    tokens, end = embedded(tiny_backbone, 77)
    tokens.requires_grad_(True)
    before = {name: p.clone() for name, p in tiny_backbone.named_parameters()}
    tiny_backbone.encode_tokens(tokens, end).sum().backward()
    assert tokens.grad is not None
    assert tokens.grad[:, : end + 1].abs().sum(-1).min() > 0
    assert all(p.grad is None for p in tiny_backbone.parameters())
    assert all(torch.equal(before[name], p) for name, p in tiny_backbone.named_parameters())


def test_frames_carry_no_graph_and_have_unit_length(tiny_backbone):
    features = tiny_backbone.encode_frames(torch.randn(3, 3, 32, 32, requires_grad=True))
    assert not features.requires_grad
    torch.testing.assert_close(features.norm(dim=-1), torch.ones(3))


def test_frames_equal_open_clips_own(tiny_backbone):
    frames = torch.randn(2, 3, 32, 32)
    theirs = F.normalize(tiny_backbone.clip.encode_image(frames), dim=-1)
    torch.testing.assert_close(tiny_backbone.encode_frames(frames), theirs)


def test_a_mirrored_backbone_sees_a_face_and_its_mirror_image_alike(tiny_clip):
    frames = torch.randn(2, 3, 32, 32)
    plain, both = FrozenClip(tiny_clip), FrozenClip(tiny_clip, mirror=True)
    torch.testing.assert_close(both.encode_frames(frames), both.encode_frames(frames.flip(-1)))
    one, other = plain.encode_frames(frames), plain.encode_frames(frames.flip(-1))
    assert not torch.allclose(one, other)
    expected = F.normalize(one + other, dim=-1)
    torch.testing.assert_close(both.encode_frames(frames), expected)
    assert hash_weights(plain) != hash_weights(both)


def test_stays_in_evaluation_mode(tiny_model):
    tiny_model.train()
    assert tiny_model.synchronizer.training
    assert not any(module.training for module in tiny_model.backbone.modules())


def test_another_kind_of_text_tower_is_refused(tiny_clip):
    tiny_clip.text_projection = None
    with pytest.raises(BackboneError, match="not CLIP's"):
        FrozenClip(tiny_clip)


@pytest.mark.parametrize("name", ["ViT-B-32", "ViT-B-16", "ViT-L-14"])
def test_openai_models_are_built_with_quick_gelu(name, monkeypatch):
    asked = []

    def record(model, **options):
        asked.append((model, options))
        raise RuntimeError("no weights here")

    monkeypatch.setattr(open_clip, "create_model", record)
    with pytest.raises(BackboneError, match="--backbone-weights"):
        load_openai(name)
    (model, options) = asked[0]
    assert open_clip.get_model_config(model)["quick_gelu"] is True
    assert options["pretrained"] == "openai"


@pytest.mark.parametrize(("name", "fits"), [("ViT-B-32", False), ("ViT-L-14", True)])
def test_other_input_sizes_need_whole_patches(name, fits, monkeypatch):
    """112 px is 8 × 14, but 3.5 × 32."""
    asked = []

    def record(model, **options):
        asked.append(options["force_image_size"])
        raise RuntimeError("no weights here")

    monkeypatch.setattr(open_clip, "create_model", record)
    with pytest.raises(BackboneError, match="no weights|cannot be loaded" if fits else "32 px"):
        load_openai(name, image_size=112)
    assert asked == ([112] if fits else [])


def test_the_quick_gelu_names_really_change_the_activation(monkeypatch):
    small = {"layers": 1, "width": 64, "patch_size": 32}
    config = open_clip.get_model_config("ViT-B-32-quickgelu")
    clip = open_clip.CLIP(
        16, vision_cfg=config["vision_cfg"] | small, text_cfg={"layers": 1, "width": 64,
        "heads": 1}, quick_gelu=config["quick_gelu"],
    )  # fmt: skip
    kinds = [type(m).__name__ for m in clip.modules() if "GELU" in type(m).__name__]
    assert set(kinds) == {QuickGELU.__name__}


def test_a_mismatch_warning_becomes_an_error(monkeypatch):
    def mismatched(model, **options):
        import warnings

        warnings.warn("QuickGELU mismatch between final model config and pretrained tag",
                      stacklevel=1)  # fmt: skip
        return object()

    monkeypatch.setattr(open_clip, "create_model", mismatched)
    with pytest.raises(BackboneError):
        load_openai("ViT-B-32")


def test_unknown_names_and_files_are_named(tmp_path):
    with pytest.raises(BackboneError, match="RN50"):
        load_openai("RN50")
    with pytest.raises(BackboneError, match="not a file"):
        load_openai("ViT-B-32", str(tmp_path / "none.pt"))


def test_face_clip_folder_round_trip(tmp_path, tiny_clip, tiny_config):
    config = save_face_clip(tmp_path, tiny_clip, TINY_BACKBONE, tiny_config.preprocess)
    loaded, folder = load_face_clip(tmp_path)
    assert folder.preprocess == tiny_config.preprocess
    assert folder.backbone == config
    frames = torch.randn(2, 3, 32, 32)
    torch.testing.assert_close(
        loaded.encode_frames(frames), FrozenClip(tiny_clip).encode_frames(frames)
    )


def test_a_folder_without_a_face_clip_is_refused(tmp_path):
    with pytest.raises(BackboneError, match="no readable FaceCLIP"):
        load_face_clip(tmp_path)


def test_every_weight_counts_for_the_identity(tiny_backbone):
    before = hash_weights(tiny_backbone)
    assert hash_weights(build_untrained(TINY_BACKBONE)) != before
    check_identity(tiny_backbone, BackboneConfig(**{**vars_of(TINY_BACKBONE), "sha256": before}))
    with torch.no_grad():
        tiny_backbone.clip.ln_final.bias[0] += 1e-3
    wrong = BackboneConfig(**{**vars_of(TINY_BACKBONE), "sha256": before})
    with pytest.raises(CheckpointError, match="original weights"):
        check_identity(tiny_backbone, wrong)


def test_impossible_architecture_is_explained():
    vision = TINY_BACKBONE.vision | {"head_width": 0}
    wrong = BackboneConfig(**{**vars_of(TINY_BACKBONE), "vision": vision})
    with pytest.raises((BackboneError, ZeroDivisionError)):
        build_untrained(wrong)


def test_fill_names_what_is_missing_unexpected_and_misshapen():
    layer = torch.nn.Linear(2, 3)
    state = {"weight": torch.zeros(3, 5), "extra": torch.zeros(1)}
    with pytest.raises(CheckpointError, match=r"missing \(bias\).*\(extra\).*size \(weight\)"):
        fill(layer, state, source="this file")


def vars_of(config):
    return {name: getattr(config, name) for name in ("name", "embed_dim", "vision", "text")}


def test_openai_table_names_exist_in_open_clip():
    assert set(backbones.OPENAI_NAMES.values()) <= set(open_clip.list_models())
