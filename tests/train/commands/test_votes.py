"""Votes in the place of labels: what is learned of them, and what a run remembers of them."""

import json

import numpy as np
import pytest

from tests.train import layouts
from tests.train.commands.test_reproduce import SETTINGS
from train.__main__ import main

HEADER = "clip,happy,sad,neutral,angry,surprise,disgust,fear"


@pytest.fixture
def fit(tmp_path, face_clip_folder):
    root = layouts.make_dfew(tmp_path / "dfew")
    shared = ["--data", str(root), "--layout", "dfew", "--backbone", str(face_clip_folder)]
    shared += ["--device", "cpu", "--cache", str(tmp_path / "features"), "--views", "1"]
    assert main(["extract", *shared]) == 0
    settings = [f"--set={name}={json.dumps(value)}" for name, value in SETTINGS.items()]

    def run(out, *more):
        code = main(["fit", *shared, *settings, "--out", str(tmp_path / out), *more])
        path = tmp_path / out / "history.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return code, [json.loads(line)["loss"] for line in lines]

    return run


def write_votes(path, share):
    """Everybody for the label but for a share that says fear."""
    lines = [HEADER]
    for clip in range(12):
        votes = np.zeros(7)
        votes[clip % 3], votes[6] = 100 * (1 - share), 100 * share
        lines.append(f"{clip + 1}," + ",".join(f"{vote:g}" for vote in votes))
    layouts.write_text(path, lines)
    return str(path)


def test_unanimous_votes_are_labels_and_divided_ones_are_not(fit, tmp_path):
    _, plain = fit("plain")
    _, same = fit("same", "--votes", write_votes(tmp_path / "same.csv", 0.0))
    assert same == pytest.approx(plain, rel=1e-4)
    divided = write_votes(tmp_path / "divided.csv", 0.4)
    _, other = fit("other", "--votes", divided)
    assert other[0] > plain[0] + 0.05
    _, none = fit("none", "--votes", divided, "--set=vote_share=0")
    assert none == pytest.approx(plain, rel=1e-4)


def test_a_run_remembers_the_votes_it_was_begun_with(fit, tmp_path, capsys):
    path = write_votes(tmp_path / "votes.csv", 0.2)
    assert fit("run", "--votes", path)[0] == 0
    write_votes(tmp_path / "votes.csv", 0.3)
    assert fit("run", "--votes", path, "--resume")[0] == 2
    assert "votes: " in capsys.readouterr().err
