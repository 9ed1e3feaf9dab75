"""Figures made as the published rows were: possible, and labelled wherever they are shown."""

import json

import numpy as np
import pytest

from core.errors import DataError
from tests.train import layouts
from train.__main__ import main
from train.data.dataset import Fold
from train.data.split import PAPER, as_in_the_papers


def test_everything_is_trained_on_and_the_test_part_chooses():
    fold = as_in_the_papers(Fold("1", np.array([4, 1]), np.array([2]), np.array([0, 3])))
    assert fold.train.tolist() == [1, 2, 4]
    assert fold.validation.tolist() == fold.test.tolist() == [0, 3]
    with pytest.raises(DataError, match="no test part"):
        as_in_the_papers(Fold("1", np.array([1]), np.array([2]), np.array([], np.int64)))


def test_a_run_of_the_papers_protocol_says_so_everywhere(tmp_path, face_clip_folder, capsys):
    root = layouts.make_dfew(tmp_path / "dfew", clips=24)
    data = ["--data", str(root), "--layout", "dfew", "--device", "cpu"]
    stored = ["--backbone", str(face_clip_folder), "--cache", str(tmp_path / "f"), "--views", "1"]
    assert main(["extract", *data, *stored]) == 0
    words = ["--method", "coop", "--set", "stages.0.epochs=1", "--set", "frames=4"]
    run = tmp_path / "run"
    assert main(["fit", *data, *stored, *words, "--protocol", "paper", "--out", str(run)]) == 0
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["protocol"] == PAPER
    assert "validation" not in metrics
    described = json.loads((run / "config.json").read_text())
    assert described["fit"]["protocol"] == "paper"
    assert described["data"]["validation"] == described["data"]["test"] == metrics["test"]["clips"]
    for page in ("report.html", "checkpoint/README.md"):
        assert "chosen on the test fold" in (run / page).read_text()
    ask = ["evaluate", *data, "--checkpoint", str(run / "checkpoint"), "--out", str(tmp_path / "o")]
    assert main([*ask, "--protocol", "paper"]) == 0
    (result,) = json.loads((tmp_path / "o/metrics.json").read_text())["runs"]
    assert result["protocol"] == PAPER
    assert result["war"] == pytest.approx(metrics["test"]["war"])
    assert "chosen on the test fold" in (tmp_path / "o/report.html").read_text()
    capsys.readouterr()
    assert main([*ask, "--protocol", "honest"]) == 2
    assert "--protocol asks for honest" in capsys.readouterr().err
