"""Variants of the settings, trained on one set of features, in one table."""

import argparse
import json
from dataclasses import replace

import pytest
import torch

from core.checkpoint import load_checkpoint
from core.config import ModelConfig, PreprocessConfig
from core.errors import ConfigError, TrainingError
from tests.conftest import TINY_BACKBONE
from tests.train.conftest import CLASSES
from tests.train.test_whole_path import SETTINGS
from train.__main__ import main
from train.ablation.run import Ablation, load_into, summarise
from train.ablation.variants import (
    NAMED,
    at_once,
    one_sentence,
    variants_of,
    without_synchronizer,
)
from train.commands.ablate import CHANGED, LEFT_OUT, _rows, add_arguments
from train.paradigm.config import FitConfig
from train.paradigm.run import Fitting


def test_without_the_paradigm_everything_is_trained_together_for_as_long():
    config = at_once(FitConfig())
    (stage,) = config.stages
    assert (stage.phase, stage.epochs) == ("joint", 100)
    assert set(stage.rates) == {"tokens", "synchronizer"}
    assert stage.growth == "at-once"


def test_without_the_synchronizer_two_encoders_stay():
    config = without_synchronizer(FitConfig())
    assert [(stage.phase, stage.epochs) for stage in config.stages] == [("text", 40), ("video", 60)]


def test_steps_are_left_out_or_change_places_in_as_many_epochs():
    steps = {
        name: [(stage.phase, stage.epochs) for stage in NAMED[name](FitConfig()).stages]
        for name in ("without-text-step", "without-video-step", "video-first")
    }
    assert steps == {
        "without-text-step": [("video", 30), ("joint", 70)],
        "without-video-step": [("text", 40), ("joint", 60)],
        "video-first": [("video", 30), ("text", 40), ("joint", 30)],
    }


def test_parts_of_the_recipe_are_left_out_by_their_settings():
    plain = FitConfig()
    assert NAMED["without-positions"](plain).synchronizer.positions == "none"
    assert NAMED["without-layer-schedule"](plain).layer_schedule == "stage"
    alone = NAMED["without-handover"](plain)
    assert (alone.handover_epochs, alone.synchronizer.rest) == (0, "new")
    assert alone.synchronizer.copied_layers == 0


def test_the_command_names_every_variant():
    assert {f"without-{name}" for name in LEFT_OUT} | set(CHANGED) == NAMED.keys()


def test_variants_of_the_first_method_stand_beside_others():
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    words = ["--data", "a", "--layout", "canvas", "--backbone", "b", "--cache", "c", "--out", "d"]
    words += ["--method", "a3lign:batch_size=3", "linear-probe", "--without", "positions"]
    rows = _rows(parser.parse_args([*words, "--with", "video-first"]))
    assert [row.name for row in rows] == [
        "full", "without-positions", "video-first", "linear-probe",
    ]  # fmt: skip
    assert [row.config.batch_size for row in rows[:3]] == [3, 3, 3]
    assert rows[3].config.method == "linear-probe"


def test_leaving_out_what_is_not_there_is_refused():
    only_text = replace(FitConfig(), stages=FitConfig().stages[:1])
    with pytest.raises(ConfigError, match="joint stage"):
        at_once(only_text)
    for change in (without_synchronizer, NAMED["video-first"]):
        with pytest.raises(ConfigError, match="steps 1 and 2"):
            change(only_text)
    for name in ("text", "video"):
        with pytest.raises(ConfigError, match=f"without the {name} step"):
            NAMED[f"without-{name}-step"](only_text)


def test_one_setting_at_a_time_or_every_combination():
    varied = [("tokens.sentences", [1, 16]), ("synchronizer.positions", ["none", "shared"])]
    names = [v.name for v in variants_of(FitConfig(), [], varied, every_combination=False)]
    assert names == ["full", "tokens.sentences=1", "synchronizer.positions=none"]
    both = variants_of(FitConfig(), ["without-dimensions"], varied, every_combination=True)
    assert len(both) == 2 + 3
    assert both[1].config == one_sentence(FitConfig())
    assert both[2].config.tokens.sentences == 1
    assert both[2].config.synchronizer.positions == "none"


def test_unknown_settings_are_refused_before_anything_is_trained():
    with pytest.raises(ConfigError, match="sentence"):
        variants_of(FitConfig(), [], [("tokens.sentence", [1])], every_combination=False)


def test_summary_by_hand():
    figures = {"ece": 0.1, "shuffled_war_change": 0.0, "shuffled_uar_change": 0.0}
    row = {"variant": "full", "parameters": 7, **figures}
    rows = [
        {"variant": "x", **row, "war": 0.9, "uar": 0.9, "seconds": 1.0} | {"variant": "x"},
        row | {"war": 0.5, "uar": 0.4, "seconds": 10.0},
        row | {"war": 0.7, "uar": 0.6, "seconds": 20.0},
    ]
    full, other = summarise(rows)
    assert (full["variant"], full["seeds"], full["seconds"]) == ("full", 2, 15.0)
    assert full["war"]["mean"] == pytest.approx(0.6)
    assert full["war"]["deviation"] == pytest.approx(0.02**0.5)
    assert other["war"]["deviation"] is None


def test_weights_return_into_a_model_as_a_checkpoint_would_load_them(
    toy_fit, toy_material, tiny_backbone, tmp_path
):
    base = ModelConfig(
        labels=CLASSES, backbone=TINY_BACKBONE, preprocess=PreprocessConfig(image_size=32)
    )
    fitting = Fitting(tiny_backbone, base, toy_fit, toy_material, tmp_path)
    fitting.run()
    features = torch.randn(2, 4, 16)
    for name in ("checkpoint-text", "checkpoint-video", "checkpoint"):
        load_into(fitting.model, tmp_path / name)
        expected = load_checkpoint(tmp_path / name).model(features)
        torch.testing.assert_close(fitting.model.eval()(features), expected)


def test_command_writes_one_table_and_does_not_repeat_finished_runs(
    canvas_file, face_clip_folder, tmp_path, monkeypatch, capsys
):
    shared = ["--data", str(canvas_file), "--layout", "canvas", "--device", "cpu"]
    shared += ["--backbone", str(face_clip_folder), "--cache", str(tmp_path / "f"), "--views", "2"]
    assert main(["extract", *shared]) == 0
    settings = SETTINGS | {"stages.0.epochs": 2, "stages.1.epochs": 2, "stages.2.epochs": 2}
    settings |= {"handover_epochs": 1}
    for name, value in settings.items():
        shared += ["--set", f"{name}={json.dumps(value)}"]
    out = tmp_path / "out"
    words = ["ablate", *shared, "--out", str(out), "--seeds", "0", "1"]
    words += ["--without", "paradigm", "--vary", 'synchronizer.pooling=["last"]']
    assert main(words) == 0
    data = json.loads((out / "ablation.json").read_text())
    assert [row["variant"] for row in data["summary"]] == [
        "zero-shot", "after step 1", "after step 2", "full", "without-paradigm",
        "synchronizer.pooling=last",
    ]  # fmt: skip
    assert [row["seeds"] for row in data["summary"]] == [1, 2, 2, 2, 2, 2]
    assert "clips of the validation part" in data["about"]
    table = (out / "table.md").read_text()
    assert table.count("±") > 20
    assert "| zero-shot |" in table
    monkeypatch.setattr(Fitting, "run", None)
    assert main(words) == 0
    table = (out / "table.md").read_text()
    for other, said in (
        (["--set", "tokens.tokens=1"], "fit.tokens.tokens: 3 → 1"),
        (["--set", "batch_size=12"], "fit.batch_size: 6 → 12"),
    ):
        capsys.readouterr()
        assert main([*words, *other]) == 2
        assert said in capsys.readouterr().err
    (out / "full/seed-1/config.json").unlink()
    assert main(words) == 2
    assert "does not say what the run beside it was" in capsys.readouterr().err
    assert (out / "table.md").read_text() == table


def test_values_must_be_a_list(canvas_file, face_clip_folder, tmp_path, capsys):
    words = ["ablate", "--data", str(canvas_file), "--layout", "canvas", "--out", str(tmp_path)]
    words += ["--backbone", str(face_clip_folder), "--cache", str(tmp_path)]
    assert main([*words, "--vary", "tokens.sentences=4"]) == 2
    assert "needs a list" in capsys.readouterr().err


def test_rows_of_other_data_or_weights_are_refused(toy_fit, toy_material, tiny_backbone, tmp_path):
    base = ModelConfig(
        labels=CLASSES, backbone=TINY_BACKBONE, preprocess=PreprocessConfig(image_size=32)
    )
    about = {"data": {"fingerprint": "aa"}, "backbone": "cc", "views": 3}
    variants = variants_of(toy_fit, [], [], every_combination=False)

    def run(about):
        ablation = Ablation(tiny_backbone, base, toy_material, tmp_path, "test", about)
        return ablation.run(variants, [0], baseline=False)

    rows = run(about)
    assert run(about) == rows
    for name, other in (("data", {"fingerprint": "bb"}), ("backbone", "dd"), ("views", 1)):
        with pytest.raises(TrainingError, match=f"other settings or data .{name}"):
            run(about | {name: other})
