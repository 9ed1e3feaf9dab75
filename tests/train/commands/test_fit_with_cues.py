"""From the cues on disk to a method that reads them, and to one that was trained with them."""

import json

import pytest
import torch

from core.checkpoint import load_checkpoint
from tests.train.commands.test_cues import Dozing
from train.__main__ import main
from train.cues import landmarks


@pytest.fixture
def words(canvas_file, face_clip_folder, tmp_path, monkeypatch):
    """Words of the command line, with features, drawings and captions in place."""
    monkeypatch.setattr(landmarks, "open_landmarker", lambda _: Dozing())
    shared = ["--data", str(canvas_file), "--layout", "canvas", "--device", "cpu"]
    shared += ["--backbone", str(face_clip_folder)]
    assert main(["cues", *shared, "--out", str(tmp_path / "cues")]) == 0
    shared += ["--cache", str(tmp_path / "features"), "--views", "2"]
    assert main(["extract", *shared]) == 0
    return shared


def fit(words, out, *more):
    changes = ["options.adapters=none", "stages.0.epochs=4", "frames=4", "batch_size=6"]
    changes += ["validation_share=0.25", "options.cue_dropout=0.0"]
    sets = [word for change in changes for word in ("--set", change)]
    return main(["fit", "--method", "finecliper", *words, *sets, *more, "--out", str(out)])


def test_the_maps_of_the_cues_learn_only_from_cues(words, tmp_path, capsys):
    (captions,) = (tmp_path / "cues").glob("*.jsonl")
    cues = ["--cues", str(tmp_path / "cues"), "--captions", str(captions)]
    assert fit(words, tmp_path / "with", *cues) == 0
    assert fit(words, tmp_path / "without") == 0
    with_cues, without = (
        load_checkpoint(tmp_path / run / "checkpoint-last").model.cue_levels
        for run in ("with", "without")
    )
    assert all(bool(p.abs().sum() > 0) for p in with_cues.parameters())
    assert all(bool((p == 0).all()) for p in without.parameters())
    described = json.loads((tmp_path / "with/config.json").read_text())
    assert described["cues"] == cues[1::2]

    ask = ["evaluate", *words[:6], "--checkpoint", str(tmp_path / "with/checkpoint-last")]
    ask += ["--part", "all", "--cache", str(tmp_path / "features")]
    losses = []
    for given in (cues, []):
        out = tmp_path / f"out{len(given)}"
        assert main([*ask, *given, "--out", str(out)]) == 0
        losses.append(json.loads((out / "metrics.json").read_text())["runs"][0]["loss"])
    assert losses[0] != pytest.approx(losses[1], abs=1e-4)


def test_missing_cues_are_named_with_what_makes_them(words, tmp_path, capsys):
    assert fit(words, tmp_path / "run", "--cues", str(tmp_path / "nowhere")) == 2
    assert "python -m train cues" in capsys.readouterr().err


def test_a_tuned_tower_reads_cues_of_the_plain_one(words, tmp_path):
    more = ["--cues", str(tmp_path / "cues"), "--set", "options.adapters=tower"]
    assert fit(words, tmp_path / "run", *more) == 0
    model = load_checkpoint(tmp_path / "run/checkpoint-last").model
    assert torch.cat([a.up.weight.flatten() for a in model.adapters.adapters]).abs().sum() > 0


def test_a_tuned_tower_has_no_stored_features_to_vary(words, tmp_path, capsys):
    more = ["--set", "options.adapters=tower", "--set", "identity_jitter=1"]
    assert fit(words, tmp_path / "run", *more) == 2
    assert "set them to 0 and 1" in capsys.readouterr().err
