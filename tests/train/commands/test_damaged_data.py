"""Clips that are missing, damaged or repaired, and folds that teach nothing, in every command."""

import json
import shutil

import numpy as np
import pytest

from tests.train import layouts
from tests.train.test_whole_path import SETTINGS
from train.__main__ import main

SHORT = SETTINGS | {"stages.0.epochs": 2, "stages.1.epochs": 1, "stages.2.epochs": 1}
SHORT |= {"handover_epochs": 0}
TEST_CLIP = "00002"


class Lab:
    """A miniature of DFEW and the commands on it."""

    def __init__(self, folder, backbone):
        self.root = layouts.make_dfew(folder / "data", clips=12)
        self.clips = self.root / "Clip/clip_224x224"
        self.data = ["--data", str(self.root), "--layout", "dfew"]
        self.backbone = ["--backbone", str(backbone), "--device", "cpu"]
        self.cache = ["--cache", str(folder / "features"), "--views", "2"]
        self.run = folder / "run"

    def extract(self, *more):
        return main(["extract", *self.data, *self.backbone, *self.cache, *more])

    def fit(self, *more):
        pairs = (f"{name}={json.dumps(value)}" for name, value in SHORT.items())
        settings = [word for pair in pairs for word in ("--set", pair)]
        where = [*self.data, *self.backbone, *self.cache, "--out", str(self.run)]
        return main(["fit", *where, *settings, *more])

    def evaluate(self, *more):
        where = ["--checkpoint", str(self.run / "checkpoint"), "--out", str(self.run / "judged")]
        return main(["evaluate", *self.data, *where, "--device", "cpu", *more])


@pytest.fixture
def lab(tmp_path, face_clip_folder):
    return Lab(tmp_path, face_clip_folder)


def test_one_missing_clip_is_named_and_left_out(lab, capsys, caplog):
    shutil.rmtree(lab.clips / TEST_CLIP)
    missing = f"set_2.csv:3: {lab.clips / TEST_CLIP} is missing"
    assert main(["check-data", *lab.data]) == 2
    printed = capsys.readouterr()
    assert "fingerprint: " in printed.out
    assert "1 clips cannot be used" in printed.err
    assert missing in printed.err
    assert lab.extract() == 2
    assert missing in capsys.readouterr().err
    assert lab.extract("--skip-bad") == 0
    assert missing in caplog.text
    caplog.clear()
    assert lab.fit() == 0
    assert f"1 clips that extraction could not use are left out: {TEST_CLIP}" in caplog.text
    assert json.loads((lab.run / "metrics.json").read_text())["test"]["clips"] == 5
    capsys.readouterr()
    assert lab.evaluate() == 2
    assert missing in capsys.readouterr().err
    caplog.clear()
    assert lab.evaluate("--skip-bad") == 0
    assert missing in caplog.text
    (result,) = json.loads((lab.run / "judged/metrics.json").read_text())["runs"]
    assert result["clips"] == 5


def test_a_repaired_frame_is_read_again(lab, capsys, caplog):
    frame = lab.clips / TEST_CLIP / "00002.jpg"
    whole = frame.read_bytes()
    frame.write_bytes(whole[:20])
    assert lab.extract("--skip-bad") == 0
    stored = np.concatenate([np.load(path) for path in lab_shards(lab)])
    assert lab.extract() == 2
    assert TEST_CLIP in capsys.readouterr().err
    frame.write_bytes(whole)
    with caplog.at_level("INFO"):
        assert lab.extract() == 0
    assert "1 of 1 clips without frames can be read now" in caplog.text
    mended = np.concatenate([np.load(path) for path in lab_shards(lab)])
    start = len(list((lab.clips / "00001").iterdir()))
    length = len(list((lab.clips / TEST_CLIP).iterdir()))
    assert len(mended) == len(stored) + length
    np.testing.assert_array_equal(np.delete(mended, np.s_[start : start + length], 0), stored)
    assert lab.fit() == 0


def lab_shards(lab):
    return sorted((lab.run.parent / "features").glob("*/*.npy"))


def write_lists(lab, fold, train, test):
    """Clip ``i`` is called by the ``i``-th class modulo three."""
    for part, clips in (("train", train), ("test", test)):
        path = lab.root / f"EmoLabel_DataSplit/{part}(single-labeled)/set_{fold}.csv"
        rows = (f"{i},{layouts.DFEW_WORDS[(i - 1) % 3]}" for i in clips)
        layouts.write_text(path, ["video_name,label", *rows])


@pytest.mark.parametrize(
    ("train", "words"),
    [
        ([], "has no training clip"),
        ([1, 4, 7], "every training clip of fold 1 of dfew is happiness"),
    ],
)
def test_a_fold_that_teaches_nothing_is_told_and_refused(lab, capsys, train, words):
    write_lists(lab, 1, train, [2, 3, 5])
    assert main(["check-data", *lab.data]) == 0
    assert words in capsys.readouterr().out
    assert lab.extract() == 0
    assert lab.fit() == 2
    assert words in capsys.readouterr().err
    assert not lab.run.exists()


def test_a_single_class_is_refused(lab, capsys):
    lab.root = layouts.make_folders(lab.root.parent / "one", clips=6)
    for part in (lab.root / "train").iterdir():
        if part.name != "Happy":
            shutil.rmtree(part)
    lab.data = ["--data", str(lab.root), "--layout", "folders", "--detector", "none"]
    assert main(["check-data", *lab.data]) == 0
    assert "with a single class there is nothing to learn" in capsys.readouterr().out
    assert lab.extract() == 0
    assert lab.fit() == 2
    assert "with a single class" in capsys.readouterr().err
    where = [*lab.data, *lab.backbone, *lab.cache, "--out", str(lab.run)]
    assert main(["fit", *where, "--method", "zero-shot"]) == 2
    assert "with a single class" in capsys.readouterr().err


def test_a_person_in_training_and_test_is_told_wherever_figures_are_made(lab, capsys, caplog):
    path = layouts.make_table(lab.root.parent / "table")
    lab.data = ["--data", str(path), "--layout", "table", "--detector", "none"]
    words = "fold a: 3 people are in both training and test (person 0, person 1, person 2)"
    assert main(["check-data", *lab.data]) == 0
    assert words in capsys.readouterr().out
    assert lab.extract() == 0
    assert lab.fit("--set", "validation_share=0") == 0
    assert words in caplog.text
    caplog.clear()
    assert lab.evaluate() == 0
    assert words in caplog.text
