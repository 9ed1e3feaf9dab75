"""Every preset is valid, builds a model, and its launch command parses."""

import argparse
import importlib
import json
import shlex
from pathlib import Path

import pytest

import train
from core.config import ModelConfig
from core.model.build import build_model
from core.model.registry import find_method, method_names
from core.settings import parse_settings
from tests.conftest import TINY_BACKBONE
from train.paradigm.config import FitConfig

TITLES = {find_method(name).model.TITLE for name in method_names()}
PRESETS = sorted((Path(train.__file__).parent / "presets").glob("*.json"))


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_preset(path, tiny_backbone):
    config = parse_settings(FitConfig, json.loads(path.read_text()), source=str(path))
    model = build_model(config.model_config(ModelConfig(backbone=TINY_BACKBONE)), tiny_backbone)
    assert model.TITLE in TITLES
    if config.method == "a3lign":
        assert model.tokens.embeddings.shape[1] == config.tokens.sentences
    words = shlex.split(config.comment)
    assert words[:3] == ["python", "-m", "train"]
    parser = argparse.ArgumentParser()
    importlib.import_module(f"train.commands.{words[3]}").add_arguments(parser)
    parsed = parser.parse_args(words[4:])
    assert parsed.preset.name == path.name


def test_every_peer_has_a_preset():
    assert {path.stem for path in PRESETS} >= set(method_names()) - {"a3lign"}


@pytest.mark.parametrize("name", ["dfew", "ferv39k", "mafw"])
def test_the_papers_datasets_use_the_papers_settings(name):
    path = next(path for path in PRESETS if path.stem == name)
    config = parse_settings(FitConfig, json.loads(path.read_text()), source=name)
    assert config == FitConfig(comment=config.comment)
