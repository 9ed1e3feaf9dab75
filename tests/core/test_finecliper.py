"""FineCLIPER's two sides of a description and its cues."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from core.descriptions import ACTIONS
from core.errors import ConfigError
from core.model.build import build_model
from core.model.registry import complete_options


@pytest.fixture
def make(tiny_config, tiny_backbone):
    def build(**options):
        torch.manual_seed(1)
        full = complete_options("finecliper", options)
        config = replace(tiny_config, method="finecliper", options=full)
        return build_model(config, tiny_backbone).eval()

    return build


@pytest.fixture
def features():
    torch.manual_seed(6)
    return F.normalize(torch.randn(3, 4, 16), dim=-1)


@pytest.fixture
def cues():
    torch.manual_seed(7)
    return {
        "parts": torch.randn(3, 4, 16),
        "landmarks": torch.randn(3, 4, 16),
        "captions": torch.randn(3, 16),
    }


def test_the_score_is_the_positive_cosine_less_the_negative_one(make, features):
    model = make(negative_weight=0.5)
    shown = [f"a face showing fear: {text}" for text in ACTIONS["fear"]]
    absent = [f"a face without {text}" for text in ACTIONS["fear"]]
    one, other = (model.backbone.encode_texts(texts).mean(0) for texts in (shown, absent))
    video = features.mean(1)  # new layers over time are the identity
    expected = F.cosine_similarity(video, one, dim=-1)
    expected = expected - 0.5 * F.cosine_similarity(video, other, dim=-1)
    found = model.similarities(features, model.class_vectors())[:, 6]
    torch.testing.assert_close(found, expected)


def test_cues_add_nothing_at_first_and_something_once_learned(make, features, cues):
    model = make()
    plain = model(features)
    torch.testing.assert_close(model(features, cues=cues), plain)
    for parameter in model.cue_levels.parameters():
        torch.nn.init.normal_(parameter)
    for name, cue in cues.items():
        assert not torch.allclose(model(features, cues={name: cue}), plain)
    torch.testing.assert_close(model(features), plain)


def test_a_frame_without_a_cue_is_as_if_there_were_none(make, features, cues):
    model = make()
    for parameter in model.cue_levels.parameters():
        torch.nn.init.normal_(parameter)
    some = {name: cue.clone() for name, cue in cues.items()}
    for cue in some.values():
        cue[1] = 0
    found, plain = model(features, cues=some), model(features)
    torch.testing.assert_close(found[1], plain[1])
    assert not torch.allclose(found[0], plain[0])


def test_training_leaves_whole_clips_without_cues(make, cues):
    levels = make(cue_dropout=0.5).cue_levels.train()
    many = {name: cue[:1].expand(400, *cue.shape[1:]) for name, cue in cues.items()}
    kept = levels.kept(many)
    without = {name: (cue == 0).flatten(1).all(1) for name, cue in kept.items()}
    assert 100 < int(without["parts"].sum()) < 300
    assert torch.equal(without["parts"], without["captions"])
    levels.eval()
    assert all(bool((cue != 0).any(-1).all()) for cue in levels.kept(many).values())


def test_the_tower_moves_only_through_its_adapters(make):
    model = make()
    assert model.has_own_tower
    pixels = torch.randn(2, 4, 3, 32, 32)
    model(pixels)[:, 0].sum().backward()
    assert all(adapter.up.weight.grad is not None for adapter in model.adapters.adapters)
    assert all(parameter.grad is None for parameter in model.backbone.parameters())
    assert not make(adapters="none").has_own_tower


def test_own_texts_take_the_place_of_ours(make, tiny_config):
    own = {label: ["yes"] for label in tiny_config.labels}
    model = make(descriptions=own)
    assert model.sentences[6] == ("a face showing fear: yes", "a face without yes")
    no = {label: ["no"] for label in tiny_config.labels}
    assert make(descriptions=own, negatives=no).sentences[6][1] == "no"
    with pytest.raises(ConfigError, match="4 descriptions but 1 negatives"):
        make(negatives=no)
