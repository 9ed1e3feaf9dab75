"""Any checkpoint on any form of data."""

import json
import shutil

import numpy as np
import pytest
import torch

from core.checkpoint import CheckpointConfig, save_checkpoint
from tests.train import layouts
from train.__main__ import main


@pytest.fixture
def checkpoint(tmp_path, tiny_model, tiny_config):
    folder = tmp_path / "model"
    save_checkpoint(folder, tiny_model, CheckpointConfig(tiny_config))
    return folder


def evaluate(out, *words):
    assert main(["evaluate", *map(str, words), "--out", str(out), "--device", "cpu"]) == 0
    return json.loads((out / "metrics.json").read_text())


def test_folds_and_their_mean(tmp_path, checkpoint):
    root = layouts.make_dfew(tmp_path / "dfew")
    words = ["--data", root, "--layout", "dfew", "--checkpoint", checkpoint, checkpoint]
    results = evaluate(tmp_path / "out", *words, "--fold", "1", "2")
    wars = [run["war"] for run in results["runs"]]
    assert [run["clips"] for run in results["runs"]] == [6, 6]
    assert results["summary"]["war"]["mean"] == pytest.approx(np.mean(wars))
    assert results["summary"]["war"]["deviation"] == pytest.approx(np.std(wars, ddof=1))
    assert results["runs"][0]["latency_ms"].keys() == {"encode_frame", "align_clip"}
    page = (tmp_path / "out" / "report.html").read_text()
    assert "mean ± sd" in page
    assert page.count("<svg") == 4


def test_the_cache_gives_the_same_and_is_reused(tmp_path, checkpoint, monkeypatch):
    root = layouts.make_ferv39k(tmp_path / "ferv")
    words = ["--data", root, "--layout", "ferv39k", "--checkpoint", checkpoint]
    direct = evaluate(tmp_path / "a", *words)
    cached = evaluate(tmp_path / "b", *words, "--cache", tmp_path / "features")
    assert cached["runs"][0]["confusion"] == direct["runs"][0]["confusion"]
    from train.data.clip_files import ClipFiles

    monkeypatch.setattr(ClipFiles, "read", None)
    again = evaluate(tmp_path / "c", *words, "--cache", tmp_path / "features")
    assert again["runs"][0]["war"] == cached["runs"][0]["war"]


def test_stores_with_more_views_serve_as_well(tmp_path, face_clip_folder, monkeypatch):
    from core.config import ModelConfig, SynchronizerConfig, TokensConfig
    from core.model.backbones import load_face_clip
    from core.model.build import build_model
    from train.data.clip_files import ClipFiles

    root = layouts.make_ferv39k(tmp_path / "ferv")
    data = ["--data", root, "--layout", "ferv39k"]
    cache = ["--cache", tmp_path / "features"]
    extraction = ["extract", *data, *cache, "--backbone", face_clip_folder, "--views", "4"]
    assert main([*map(str, extraction), "--device", "cpu"]) == 0
    backbone, folder = load_face_clip(face_clip_folder)
    settings = ModelConfig(
        frames=4, backbone=folder.backbone, preprocess=folder.preprocess,
        tokens=TokensConfig(sentences=4, tokens=3),
        synchronizer=SynchronizerConfig(heads=2, head_width=8, feedforward=16),
    )  # fmt: skip
    save_checkpoint(tmp_path / "model", build_model(settings, backbone), CheckpointConfig(settings))
    monkeypatch.setattr(ClipFiles, "read", None)
    words = [*data, *cache, "--checkpoint", tmp_path / "model"]
    assert evaluate(tmp_path / "out", *words)["runs"][0]["clips"] == 3


def test_logits_are_those_of_the_model(tmp_path, checkpoint, tiny_model):
    root = layouts.make_folders(tmp_path / "folders")
    words = ["--data", root, "--layout", "folders", "--detector", "none"]
    results = evaluate(tmp_path / "out", *words, "--checkpoint", checkpoint)
    from core.preprocess import preprocess_crops
    from core.sampling import segment_centers
    from train.data.layouts.registry import DataOptions, open_dataset

    dataset = open_dataset(DataOptions([root], "folders", detector="none"))
    settings = json.loads((checkpoint / "config.json").read_text())["model"]["preprocess"]
    assert settings["image_size"] == 32
    from core.config import PreprocessConfig

    verdicts = []
    for row in dataset.folds[0].test:
        pixels = preprocess_crops(
            dataset.read(int(row), 1.0).crops, PreprocessConfig(image_size=32)
        )
        features = tiny_model.backbone.encode_frames(pixels)
        with torch.no_grad():
            chosen = features[torch.from_numpy(segment_centers(len(features), 4))]
            verdicts.append(int(tiny_model(chosen[None]).argmax()))
    truth = dataset.labels()[dataset.folds[0].test]
    assert results["runs"][0]["war"] == pytest.approx(np.mean(np.array(verdicts) == truth))


def test_frame_order_is_shown_to_matter_or_not(tmp_path, checkpoint, tiny_config, tiny_backbone):
    from dataclasses import replace

    from core.model.build import build_model

    root = layouts.make_folders(tmp_path / "folders")
    words = ["--data", root, "--layout", "folders", "--detector", "none", "--part", "all"]
    settings = replace(
        tiny_config, synchronizer=replace(tiny_config.synchronizer, positions="none")
    )
    orderless = build_model(settings, tiny_backbone)
    for parameter in orderless.synchronizer.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    save_checkpoint(tmp_path / "orderless", orderless, CheckpointConfig(settings))
    results = evaluate(tmp_path / "out", *words, "--checkpoint", tmp_path / "orderless")
    assert results["runs"][0]["shuffled_war_change"] == pytest.approx(0, abs=1e-12)
    assert results["runs"][0]["clips"] == 9


def test_labels_are_matched_by_name(tmp_path, checkpoint, capsys):
    """The eleven of MAFW on a checkpoint of seven; 'neutral' stands elsewhere in both."""
    root = layouts.make_mafw(tmp_path / "mafw")
    words = ["--data", root, "--layout", "mafw", "--detector", "center"]
    words += ["--checkpoint", checkpoint]
    assert main(["evaluate", *map(str, words), "--out", str(tmp_path / "out")]) == 2
    assert "contempt" in capsys.readouterr().err
    results = evaluate(tmp_path / "out", *words, "--only-shared")
    (run,) = results["runs"]
    assert run["clips"] == 4
    assert [sum(row) for row in run["confusion"]] == [2, 2, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (["--fold", "9"], "no fold '9'; choose 1, 2"),
        (["--fold", "1", "2"], "1 checkpoints but 2 folds"),
        (["--part", "validation"], "no clip is left"),
    ],
)
def test_mistakes(tmp_path, checkpoint, capsys, extra, words):
    root = layouts.make_dfew(tmp_path / "dfew")
    command = ["evaluate", "--data", str(root), "--layout", "dfew", "--out", str(tmp_path / "out")]
    assert main([*command, "--checkpoint", str(checkpoint), *extra]) == 2
    assert words in capsys.readouterr().err


def test_unreadable_clips_are_named_by_line(tmp_path, checkpoint, capsys):
    root = layouts.make_dfew(tmp_path / "dfew")
    clip = root / "Clip/clip_224x224/00002"
    shutil.rmtree(clip)
    clip.mkdir()
    (clip / "1.jpg").write_bytes(b"nothing")
    command = ["evaluate", "--data", str(root), "--layout", "dfew", "--out", str(tmp_path / "out")]
    assert main([*command, "--checkpoint", str(checkpoint), "--part", "all"]) == 2
    assert "set_2.csv:3: 00002" in capsys.readouterr().err
    words = [*command[1:-2], "--checkpoint", checkpoint, "--part", "all", "--skip-bad"]
    (run,) = evaluate(tmp_path / "out", *words)["runs"]
    assert run["clips"] == 11


def test_a_broken_checkpoint_leaves_the_figures_of_those_before_it(tmp_path, checkpoint, capsys):
    root = layouts.make_dfew(tmp_path / "dfew")
    words = ["evaluate", "--data", str(root), "--layout", "dfew", "--device", "cpu"]
    words += ["--checkpoint", str(checkpoint), str(tmp_path / "nowhere")]
    assert main([*words, "--out", str(tmp_path / "out")]) == 2
    assert "nowhere" in capsys.readouterr().err
    results = json.loads((tmp_path / "out/metrics.json").read_text())
    assert [run["fold"] for run in results["runs"]] == ["1"]
