import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

import train
from core.config import SynchronizerConfig
from core.errors import ConfigError
from core.settings import dump_settings, parse_settings
from train.commands.options.values import read_setting
from train.paradigm.config import FitConfig, override


def test_defaults_are_the_papers():
    config = FitConfig()
    assert [(stage.phase, stage.epochs) for stage in config.stages] == [
        ("text", 40),
        ("video", 30),
        ("joint", 30),
    ]
    assert [set(stage.rates) for stage in config.stages] == [
        {"tokens", "text_encoder"},
        {"video_encoder"},
        {"tokens", "synchronizer"},
    ]
    assert (config.optimizer, config.momentum, config.batch_size) == ("sgd", 0.9, 64)


def test_round_trip():
    data = json.loads(json.dumps(dump_settings(FitConfig())))
    assert parse_settings(FitConfig, data, source="again") == FitConfig()


def test_single_settings_are_changed_by_dotted_name():
    changes = [read_setting(text) for text in ("seed=7", "tokens.sentences=2", "optimizer=adamw")]
    changes += [read_setting("stages.1.epochs=5"), read_setting("stages.0.rates.tokens=0.5")]
    config = override(FitConfig(), changes)
    assert (config.seed, config.tokens.sentences, config.optimizer) == (7, 2, "adamw")
    assert config.stages[1].epochs == 5
    assert config.stages[0].rates["tokens"] == 0.5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sead=1", "choose from comment, frames"),
        ("tokens.sentence=1", "choose from sentences"),
        ("stages.3.epochs=1", "choose from 0, 1, 2"),
        ("seed=one", "seed"),
        ("learn_temperature=yes", "learn_temperature"),
        ("handover_epochs=30", "step 3 has 30 epochs"),
        ("tokens.tokens=75", "at most 74"),
    ],
)
def test_mistakes_are_explained(text, words):
    with pytest.raises(ConfigError, match=words):
        override(FitConfig(), [read_setting(text)])


@pytest.mark.parametrize(
    ("order", "message"),
    [([0, 0], "each once"), ([], "each once"), ([2, 0], "'joint' takes over from the others")],
)
def test_stages_come_once_and_the_one_that_takes_over_last(order, message):
    stages = [dump_settings(FitConfig())["stages"][index] for index in order]
    with pytest.raises(ConfigError, match=message):
        override(FitConfig(), [("stages", stages)])


@pytest.mark.parametrize("order", [[1, 0, 2], [1, 0], [0, 2], [2]])
def test_stages_change_places_and_may_be_left_out(order):
    stages = [dump_settings(FitConfig())["stages"][index] for index in order]
    config = override(FitConfig(), [("stages", stages)])
    assert [stage.phase for stage in config.stages] == [stage["phase"] for stage in stages]


def test_every_choice_stands_in_the_documents():
    """What the paper leaves open is a named setting, and the documents name it."""
    documents = Path(train.__file__).parents[1].glob("assets/docs/*.md")
    text = "".join(path.read_text(encoding="utf-8") for path in documents)
    # Not choices about the method: what a run is called, how often it is saved, which method it is.
    other = {"comment", "save_every_s", "method", "options", "seed", "tokens", "synchronizer"}
    names = {field.name for kind in (FitConfig, SynchronizerConfig) for field in fields(kind)}
    assert {
        name for name in names - other if not re.search(rf"`(--set |--)?(\w+\.)?{name}\b", text)
    } == set()
