import json

import pytest

from core.config import BackboneConfig, ModelConfig, PreprocessConfig
from core.errors import ConfigError
from core.settings import dump_settings, parse_settings
from tests.conftest import TINY_BACKBONE


def parse(**changes):
    return parse_settings(ModelConfig, changes, source="test.json")


def test_defaults_are_the_papers():
    config = parse()
    assert (config.tokens.sentences, config.tokens.tokens, config.frames) == (16, 64, 16)
    layers = config.synchronizer
    assert (layers.text_layers, layers.video_layers, layers.layers, layers.copied_layers) == (
        2, 4, 4, 2,
    )  # fmt: skip
    assert config.temperature == 0.01


def test_round_trip_through_json(tiny_config):
    data = json.loads(json.dumps(dump_settings(tiny_config)))
    assert parse_settings(ModelConfig, data, source="again") == tiny_config


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"framez": 16}, "unknown setting 'framez'"),
        ({"frames": "16"}, "frames"),
        ({"frames": 0}, "greater than or equal to 1"),
        ({"frames": 16.5}, "frames"),
        ({"learn_temperature": 1}, "learn_temperature"),
        ({"tokens": {"tokens": 75}}, "at most 74"),
        ({"tokens": {"start": "zeros"}}, "'random' or 'words'"),
        ({"temperature": 0.0}, "greater than 0"),
        ({"similarity": "euclid"}, "'cosine' or 'dot'"),
        ({"labels": ["a", "a"]}, "two or more different names"),
        ({"labels": ["a"]}, "two or more different names"),
        ({"backbone": {"name": "RN50"}}, "'ViT-L-14'"),
        ({"backbone": {"name": "FaceCLIP"}}, "needs embed_dim, vision and text"),
        ({"backbone": {"name": "ViT-B-32", "embed_dim": 8}}, "fixed architecture"),
        ({"synchronizer": {"copied_layers": 5}}, "the video encoder has 4 layers"),
        ({"synchronizer": {"rest": "video", "video_layers": 3}}, "1 layers for 2 places"),
        ({"synchronizer": {"positions": "rotary"}}, "'sinusoidal'"),
        ({"synchronizer": {"dropout": 1.0}}, "less than 1"),
    ],
)
def test_every_mistake_is_named_with_its_place(changes, words):
    with pytest.raises(ConfigError) as caught:
        parse(**changes)
    assert "test.json" in str(caught.value)
    assert words in str(caught.value)


def test_all_mistakes_are_reported_at_once():
    with pytest.raises(ConfigError) as caught:
        parse(framez=1, temperature=-1.0, tokens={"sentences": 0})
    message = str(caught.value)
    assert all(name in message for name in ("framez", "temperature", "tokens.sentences"))


def test_only_our_own_backbone_is_ours_to_store():
    assert TINY_BACKBONE.is_ours
    assert not BackboneConfig(name="ViT-B-32").is_ours


@pytest.mark.parametrize(("image", "detail", "seen"), [(96, 48, 48), (96, 0, 96), (96, 200, 96)])
def test_the_model_sees_no_more_than_its_input_holds(image, detail, seen):
    assert PreprocessConfig(image_size=image, detail_px=detail).seen_px == seen
