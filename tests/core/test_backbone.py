"""The frozen towers behave as open_clip's own, and only the tokens learn."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from core.errors import BackboneError, CheckpointError
from core.model.backbone import FrozenClip
from core.model.backbones import (
    build_untrained,
    check_identity,
    fill,
    hash_weights,
    load_face_clip,
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
    some = both.encode_frames(frames, mirrored=torch.tensor([False, True]))
    torch.testing.assert_close(some, torch.stack([one[0], expected[1]]))
    assert hash_weights(plain) != hash_weights(both)


def test_stays_in_evaluation_mode(tiny_model):
    tiny_model.train()
    assert tiny_model.synchronizer.training
    assert not any(module.training for module in tiny_model.backbone.modules())


def test_another_kind_of_text_tower_is_refused(tiny_clip):
    tiny_clip.text_projection = None
    with pytest.raises(BackboneError, match="not CLIP's"):
        FrozenClip(tiny_clip)


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
    with pytest.raises(BackboneError, match=r"config.json is missing"):
        load_face_clip(tmp_path)


def test_every_weight_counts_for_the_identity(tiny_backbone):
    before = hash_weights(tiny_backbone)
    assert hash_weights(build_untrained(TINY_BACKBONE)) != before
    check_identity(tiny_backbone, replace(TINY_BACKBONE, sha256=before))
    with torch.no_grad():
        tiny_backbone.clip.ln_final.bias[0] += 1e-3
    with pytest.raises(CheckpointError, match="original weights"):
        check_identity(tiny_backbone, replace(TINY_BACKBONE, sha256=before))


def test_fill_names_what_is_missing_unexpected_and_misshapen():
    layer = torch.nn.Linear(2, 3)
    state = {"weight": torch.zeros(3, 5), "extra": torch.zeros(1)}
    with pytest.raises(CheckpointError, match=r"missing \(bias\).*\(extra\).*size \(weight\)"):
        fill(layer, state, source="this file")
