"""Every method on miniature data: from its preset, interrupted, judged, stored and opened."""

import json
from dataclasses import replace
from functools import partial
from typing import Literal, get_args, get_origin, get_type_hints

import numpy as np
import pytest
import torch

from core.checkpoint import load_checkpoint
from core.config import ModelConfig, PreprocessConfig
from core.errors import A3LignError
from core.model.build import build_model
from core.model.registry import complete_options, find_method, method_names
from core.predictor import load_predictor
from tests.conftest import TINY_BACKBONE
from tests.train import layouts
from tests.train.conftest import CLASSES
from train.__main__ import main
from train.cues.gathering import CueGatherer
from train.data.canvases import CanvasDataset
from train.features.bank import FeatureBank, Gatherer
from train.features.encode import ClipEncoder, encode_dataset
from train.features.pictures import PictureGatherer
from train.paradigm import loop
from train.paradigm.presets import default_preset, open_preset
from train.scoring.judge import Judge

METHODS = method_names()
# A3lign's parts are sized for 16 frames; the others fit any.
SMALL = {
    "emoclip": {"options.head_width": 8},
    "a3lign": {"tokens.sentences": 4, "tokens.tokens": 3, "handover_epochs": 1,
               "stages.1.epochs": 2, "stages.2.epochs": 2},
}  # fmt: skip


@pytest.fixture(scope="module")
def data(canvas_file, face_clip_folder, tmp_path_factory):
    """Words of the command line, with the features extracted."""
    words = ["--data", str(canvas_file), "--layout", "canvas", "--device", "cpu"]
    cache = tmp_path_factory.mktemp("features")
    words += ["--backbone", str(face_clip_folder), "--cache", str(cache), "--views", "2"]
    assert main(["extract", *words]) == 0
    return words


def is_trained(method):
    return bool(find_method(method).model.PHASES)


def fit_words(method, data, out):
    settings = {"frames": 4, "batch_size": 6, "validation_share": 0.25, "save_every_s": 0.0}
    if is_trained(method):
        settings["stages.0.epochs"] = 3
    settings |= SMALL.get(method, {})
    pairs = (f"{name}={json.dumps(value)}" for name, value in settings.items())
    changes = [word for pair in pairs for word in ("--set", pair)]
    return ["fit", "--method", method, *data, *changes, "--out", str(out)]


def own_weights(folder):
    model = load_checkpoint(folder).model
    return {
        f"{part}.{name}": tensor
        for part, module in model.parts().items()
        for name, tensor in module.state_dict().items()
    }


@pytest.mark.parametrize("method", METHODS)
def test_whether_a_tower_is_trained_is_known_before_there_is_a_model(method, tiny_backbone):
    """Of the preset's settings, and of each value that one of them could have instead."""
    config = open_preset(default_preset(method))
    entry = find_method(method)
    options = complete_options(method, config.options)
    variants = [options] + [
        options | {name: value}
        for name, kind in get_type_hints(entry.settings).items()
        if get_origin(kind) is Literal
        for value in get_args(kind)
    ]
    for variant in variants:
        fit = replace(config, frames=4, options=variant)
        base = ModelConfig(labels=CLASSES, backbone=TINY_BACKBONE)
        try:
            model = build_model(fit.model_config(base), tiny_backbone)
        except A3LignError:
            continue
        assert model.has_own_tower == fit.has_own_tower, variant


@pytest.mark.parametrize("method", ["dfer-clip", "finecliper"])
def test_a_tower_is_trained_without_stored_features(
    method, face_clip_folder, tmp_path, capsys, monkeypatch
):
    words = ["--layout", "dfew", "--data", str(layouts.make_dfew(tmp_path / "dfew"))]
    words += ["--device", "cpu", "--backbone", str(face_clip_folder)]
    monkeypatch.setattr("train.features.store.FeatureStore.open", None)
    assert main(fit_words(method, words, tmp_path / "run")) == 0
    assert (tmp_path / "run/checkpoint/model.safetensors").exists()
    assert main(fit_words("coop", words, tmp_path / "frozen")) == 2
    assert "reads stored features: name their folder with --cache" in capsys.readouterr().err


@pytest.mark.parametrize("method", METHODS)
def test_from_its_preset_to_a_verdict(method, data, tmp_path, monkeypatch):
    words = partial(fit_words, method, data)
    assert main(words(tmp_path / "whole")) == 0

    epochs, run_epoch = [], loop.Loop.run_epoch

    def interrupted(self, plan, epoch):
        epochs.append(epoch)
        if len(epochs) == 2:
            raise KeyboardInterrupt
        return run_epoch(self, plan, epoch)

    monkeypatch.setattr(loop.Loop, "run_epoch", interrupted)
    stopped = main(words(tmp_path / "parts"))
    assert stopped == (130 if is_trained(method) else 0)
    assert main([*words(tmp_path / "parts"), "--resume"]) == 0
    whole, parts = (own_weights(tmp_path / run / "checkpoint") for run in ("whole", "parts"))
    assert whole.keys() == parts.keys()
    for name, tensor in whole.items():
        torch.testing.assert_close(parts[name], tensor, atol=1e-5, rtol=1e-4)

    checkpoint = tmp_path / "whole/checkpoint"
    metrics = json.loads((tmp_path / "whole/metrics.json").read_text())
    path = data[data.index("--data") + 1]
    ask = ["evaluate", "--data", path, "--layout", "canvas", "--device", "cpu"]
    ask += ["--checkpoint", str(checkpoint), "--part", "all", "--out", str(tmp_path / "out")]
    assert main([*ask, "--method", method]) == 0
    (result,) = json.loads((tmp_path / "out/metrics.json").read_text())["runs"]
    assert result["method"] == method
    assert result["clips"] == 18
    assert 0 <= metrics["validation"]["war"] <= 1

    layouts.write_clip(tmp_path / "new.mp4", 1, 99)
    prediction = load_predictor(checkpoint, device="cpu", detector="center").predict(
        tmp_path / "new.mp4"
    )
    assert prediction.labels == CLASSES
    assert np.isfinite(prediction.frames.probabilities[prediction.frames.found]).all()
    assert np.isclose(prediction.probabilities.sum(), 1, atol=1e-5)


def test_methods_are_rows_of_one_table(data, tmp_path, monkeypatch):
    out = tmp_path / "out"
    words = ["ablate", *data, "--out", str(out), "--seeds", "0", "1", "--set", "frames=4"]
    words += ["--set", "validation_share=0.25"]
    words += ["--method", "zero-shot", "coop:stages.0.epochs=2",
              "coop:stages.0.epochs=1,options.class_specific=true"]  # fmt: skip
    assert main(words) == 0
    rows = json.loads((out / "ablation.json").read_text())["summary"]
    assert [row["seeds"] for row in rows] == [2, 2, 2]
    assert [row["parameters"] for row in rows] == [0, 16 * 32, 3 * 16 * 32]
    assert all(row["align_clip_ms"] > 0 for row in rows)
    assert "| one clip, features given |" in (out / "table.md").read_text()
    assert main([*words, "--part", "test"]) == 2
    monkeypatch.setattr(loop.Loop, "run_epoch", None)
    for path in out.glob("*/seed-0/rows-validation.json"):
        path.unlink()
    assert main([*words, "--part", "validation"]) == 0
    again = json.loads((out / "ablation.json").read_text())["summary"]
    assert [row["war"] for row in again] == [row["war"] for row in rows]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--method", "clip"], "unknown method 'clip'"),
        (["--method", "coop", "--without", "paradigm"], "needs settings for the joint stage"),
        (["--method", "coop:tokens.sentences=2"], "tokens and synchronizer are A3lign's"),
        (["--preset", "a.json", "b.json"], "several --preset"),
    ],
)
def test_mistakes_are_explained(data, tmp_path, capsys, words, message):
    assert main(["ablate", *data, "--out", str(tmp_path), *words]) == 2
    assert message in capsys.readouterr().err


def test_a_preset_of_another_method_is_refused(data, tmp_path, capsys):
    words = ["fit", *data, "--out", str(tmp_path), "--method", "coop"]
    assert main([*words, "--preset", "train/presets/cocoop.json"]) == 2
    assert "is a preset of cocoop, but --method asks for coop" in capsys.readouterr().err


def test_evaluate_asks_the_backbone_alone_or_refuses(data, tmp_path, capsys, tiny_checkpoint):
    path = data[data.index("--data") + 1]
    words = ["evaluate", "--data", path, "--layout", "canvas", "--device", "cpu", "--part", "all"]
    words += ["--checkpoint", str(tiny_checkpoint), "--out", str(tmp_path / "out")]
    assert main([*words, "--method", "zero-shot"]) == 0
    (result,) = json.loads((tmp_path / "out/metrics.json").read_text())["runs"]
    assert result["method"] == "zero-shot"
    assert main([*words, "--method", "coop"]) == 2
    assert "was trained as a3lign, but --method asks for coop" in capsys.readouterr().err
    # The data know three classes, the checkpoint seven.
    assert main([*words, "--classes-of-data"]) == 2
    assert "cannot be asked about other classes" in capsys.readouterr().err
    assert main([*words, "--classes-of-data", "--method", "zero-shot"]) == 0
    (result,) = json.loads((tmp_path / "out/metrics.json").read_text())["runs"]
    assert result["labels"] == list(CLASSES)


def test_fewer_training_clips_on_request(toy_material):
    few = toy_material.limited(5, 2, seed=1)
    assert (len(few.fold.train), len(few.fold.validation)) == (5, 2)
    assert set(few.fold.train) < set(toy_material.fold.train)
    assert np.array_equal(few.fold.test, toy_material.fold.test)
    whole = toy_material.limited(0, 100, seed=1)
    assert np.array_equal(whole.fold.train, toy_material.fold.train)
    assert not np.array_equal(few.fold.train, toy_material.limited(5, 0, seed=2).fold.train)


def test_pictures_are_judged_as_their_features_are(canvas_file, tiny_backbone):
    """Zero-shot on pictures, frame by frame through the tower, equals it on stored features."""
    dataset = CanvasDataset([canvas_file])
    preprocess = PreprocessConfig(image_size=32, grey=True, standardise=True)
    bank = encode_dataset(ClipEncoder(tiny_backbone, dataset, preprocess, views=1, seed=0))
    features = Gatherer(bank, torch.device("cpu"), 10**9)
    pictures = PictureGatherer(bank.lengths, torch.device("cpu"), dataset, preprocess, 0)
    config = ModelConfig(labels=CLASSES, frames=4, backbone=TINY_BACKBONE, method="zero-shot")
    model = build_model(config, tiny_backbone)
    rows = np.array([3, 1, 8])
    judge = partial(Judge, frames=4, sampling="segments", precision="float32")
    expected = judge(features).logits(model, rows, model.class_vectors())
    found = judge(pictures).logits(model, rows, model.class_vectors())
    np.testing.assert_allclose(found, expected, atol=0.2)
    frames, views = np.array([[0, 1, 2, 2]] * 3), np.array([0, 1, 2])
    assert pictures(rows, frames, views).shape == (3, 4, 3, 32, 32)


def test_cues_reach_the_model(toy_bank, toy_material):
    """Each kind of drawing has the frames' rows; captions are one vector per clip."""
    drawn = FeatureBank([part[:, :1] * 0.5 for part in toy_bank.parts], toy_bank.lengths)
    cues = CueGatherer({"parts": Gatherer(drawn, torch.device("cpu"), 10**9)}, torch.eye(24, 16))
    gatherer = toy_material.gatherer
    gatherer.cue_source = cues
    clips, frames = np.array([4, 7]), np.array([[0, 1], [1, 1]])
    found = gatherer.cues(clips, frames, np.array([2, 0]))
    torch.testing.assert_close(
        found["parts"], 0.5 * gatherer(clips, frames, np.zeros(2, np.int64)), atol=1e-3, rtol=1e-3
    )
    assert found["captions"].argmax(1).tolist() == [4, 7]
