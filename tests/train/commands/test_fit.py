"""The path from canvases to a checkpoint through the command line, undisturbed and disturbed."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from core.checkpoint import load_checkpoint
from core.results import read_history
from train.__main__ import main
from train.runtime.disk import sole_user

SETTINGS = {
    "frames": 4,
    "tokens.sentences": 4,
    "tokens.tokens": 3,
    "synchronizer.heads": 2,
    "synchronizer.head_width": 8,
    "synchronizer.feedforward": 16,
    "stages.0.epochs": 4,
    "stages.1.epochs": 3,
    "stages.2.epochs": 4,
    "handover_epochs": 1,
    "batch_size": 6,
    "validation_share": 0.34,
    "save_every_s": 0.0,
}


def words(command, canvas_file, face_clip_folder, cache, **options):
    result = [command, "--data", str(canvas_file), "--layout", "canvas"]
    result += ["--backbone", str(face_clip_folder), "--cache", str(cache), "--views", "2"]
    result += ["--device", "cpu"]
    for name, value in options.items():
        result += [f"--{name}"] if value is True else [f"--{name}", str(value)]
    if command == "fit":
        for name, value in SETTINGS.items():
            result += ["--set", f"{name}={json.dumps(value)}"]
    return result


@pytest.fixture(scope="module")
def cache(canvas_file, face_clip_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("features")
    assert main(words("extract", canvas_file, face_clip_folder, folder)) == 0
    return folder


@pytest.fixture(scope="module")
def undisturbed(canvas_file, face_clip_folder, cache, tmp_path_factory):
    """A run folder made in one go, in a process of its own like the others."""
    out = tmp_path_factory.mktemp("run") / "whole"
    finish(start(words("fit", canvas_file, face_clip_folder, cache, out=out)))
    return out


def start(arguments, launcher=("-m", "train")):
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, *launcher, *arguments],
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )


def finish(run):
    _, error = run.communicate(timeout=600)
    assert run.returncode == 0, error


def weights(folder):
    return load_file(folder / "checkpoint-last" / "model.safetensors")


def test_run_folder_holds_what_a_reader_needs(undisturbed):
    history = read_history(undisturbed / "history.jsonl")
    assert [record.stage for record in history] == ["text"] * 4 + ["video"] * 3 + ["joint"] * 4
    config = json.loads((undisturbed / "config.json").read_text())
    assert config["fit"]["tokens"]["tokens"] == 3
    assert config["data"]["train"] == 12
    environment = json.loads((undisturbed / "environment.json").read_text())
    assert torch.__version__.startswith(environment["packages"]["torch"])
    metrics = json.loads((undisturbed / "metrics.json").read_text())
    assert 0 <= metrics["validation"]["uar"] <= 1
    film = np.load(undisturbed / "film.npz")
    assert film["titles"][0] == "start"
    assert film["sentences"].shape[1:] == film["aligned"].shape[1:] == (3, 4, 16)
    # Validation scores and the clips' mean cosines come from the same pass.
    assert np.isfinite(film["answers"]).any(axis=(1, 2)).tolist() == [
        not np.isnan(war) for war, _ in film["scores"]
    ]
    assert np.nanmax(np.abs(film["answers"])) <= 1


def test_every_checkpoint_opens(undisturbed):
    phases = {
        name: load_checkpoint(undisturbed / name).config.phase
        for name in ("checkpoint-text", "checkpoint-video", "checkpoint", "checkpoint-last")
    }
    assert list(phases.values()) == ["text", "video", "joint", "joint"]


@pytest.mark.parametrize("done", [2, 8])
def test_killed_run_ends_in_the_same_weights(
    canvas_file, face_clip_folder, cache, undisturbed, tmp_path, done
):
    out = tmp_path / "killed"
    arguments = words("fit", canvas_file, face_clip_folder, cache, out=out)
    run = start(arguments)
    history = out / "history.jsonl"
    deadline = time.monotonic() + 600
    while not (history.exists() and len(history.read_text().splitlines()) >= done):
        assert run.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.002)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    finish(start([*arguments, "--resume"]))
    expected, found = weights(undisturbed), weights(out)
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_two_processes_give_what_one_gives(
    canvas_file, face_clip_folder, cache, undisturbed, tmp_path
):
    """Sums are taken in another order: single weights may differ by 1e-4 after 11 epochs."""
    out = tmp_path / "two"
    launcher = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2")
    arguments = words("fit", canvas_file, face_clip_folder, cache, out=out)
    finish(start(arguments, (*launcher, "-m", "train")))
    expected, found = weights(undisturbed), weights(out)
    for name in expected:
        torch.testing.assert_close(found[name], expected[name], atol=1e-4, rtol=1e-3)


def test_a_second_run_in_one_folder_is_refused(
    canvas_file, face_clip_folder, cache, undisturbed, capsys
):
    arguments = words("fit", canvas_file, face_clip_folder, cache, out=undisturbed)
    with sole_user(undisturbed):
        assert main([*arguments, "--resume"]) == 2
    assert "another process is at work" in capsys.readouterr().err


def test_a_run_knows_its_backbone_by_its_weights_wherever_they_lie(
    canvas_file, face_clip_folder, cache, undisturbed, tmp_path
):
    moved = shutil.copytree(face_clip_folder, tmp_path / "moved")
    arguments = words("fit", canvas_file, moved, cache, out=undisturbed)
    assert main([*arguments, "--resume"]) == 0
    described = json.loads((undisturbed / "config.json").read_text())
    assert re.fullmatch("[0-9a-f]{64}", described["backbone"])


def test_a_folder_keeps_to_its_settings(canvas_file, face_clip_folder, cache, undisturbed, capsys):
    arguments = words("fit", canvas_file, face_clip_folder, cache, out=undisturbed)
    assert main(arguments) == 2
    assert "--resume" in capsys.readouterr().err
    assert main([*arguments, "--resume", "--set", "seed=5"]) == 2
    assert "other settings" in capsys.readouterr().err


def test_features_must_be_extracted_first(canvas_file, face_clip_folder, tmp_path, capsys):
    arguments = words("fit", canvas_file, face_clip_folder, tmp_path, out=tmp_path / "run")
    assert main(arguments) == 2
    assert "train extract" in capsys.readouterr().err


def test_features_in_other_views_are_offered(
    canvas_file, face_clip_folder, cache, tmp_path, capsys
):
    arguments = words("fit", canvas_file, face_clip_folder, cache, out=tmp_path / "run")
    assert main([*arguments, "--views", "3"]) == 2
    assert "in 3 views, but in 2; pass --views with that number" in capsys.readouterr().err


def test_unknown_setting_lists_the_known_ones(canvas_file, face_clip_folder, tmp_path, capsys):
    arguments = words("fit", canvas_file, face_clip_folder, tmp_path, out=tmp_path / "run")
    assert main([*arguments, "--set", "batchsize=3"]) == 2
    error = capsys.readouterr().err
    assert "batchsize" in error
    assert "batch_size" in error
