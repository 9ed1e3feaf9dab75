"""From still faces to towers that other commands open."""

import json

import numpy as np
import pytest
import torch

from core.checkpoint import SHIPPED
from core.labels import SEVEN
from core.model.backbones import load_face_clip
from core.model.faceclip import FACE_CLIPS
from tests.conftest import TINY_BACKBONE
from train.__main__ import main
from train.faceclip.contrastive import Pretraining
from train.motion.clip_set import Clip, gather
from train.runtime.disk import sole_user

PER_CLASS = 20


@pytest.fixture
def faces(tmp_path, monkeypatch):
    """Training and test file in FER2013's form: noise, brighter with every class."""
    monkeypatch.setitem(FACE_CLIPS, "face_resnet", TINY_BACKBONE)
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(7, dtype=np.uint8), PER_CLASS)
    for name in ("train", "test"):
        noise = rng.integers(0, 60, (len(labels), 48, 48))
        images = (noise + 25 * labels[:, None, None]).astype(np.uint8)
        np.savez(tmp_path / f"{name}.npz", images=images, labels=labels)
    return tmp_path


def pretrain(faces, out, *options):
    arguments = ["--fer2013", str(faces / "train.npz"), "--out", str(faces / out)]
    short = ["--epochs", "1", "--draws-per-epoch", "16", "--batch-size", "8"]
    return main(["pretrain", *arguments, *short, *options])


def test_a_run_leaves_towers_their_scores_and_the_split(faces):
    assert pretrain(faces, "run", "--test", str(faces / "test.npz")) == 0
    backbone, settings = load_face_clip(faces / "run/backbone")
    assert settings.preprocess.image_size == 32
    assert backbone.embed_dim == 16
    metrics = json.loads((faces / "run/metrics.json").read_text())
    assert metrics.keys() == {
        "validation",
        "test",
        "validation_by_box",
        "validation_without_mirror",
    }
    assert metrics["validation_by_box"].keys() == {"0.7", "0.85", "1.15", "1.3"}
    with np.load(faces / "run/stills.npz") as stills:
        parts = dict(zip(*np.unique(stills["parts"], return_counts=True), strict=True))
    assert parts == {"train": 7 * 18, "validation": 7 * 2, "test": 7 * PER_CLASS}


def test_input_and_mirror_are_a_choice_that_the_towers_carry(faces):
    assert pretrain(faces, "run", "--image-size", "48", "--no-mirror") == 0
    backbone, settings = load_face_clip(faces / "run/backbone")
    assert (settings.preprocess.image_size, settings.backbone.mirror) == (48, False)
    assert backbone.clip.visual.image_size in (48, (48, 48))
    metrics = json.loads((faces / "run/metrics.json").read_text())
    assert metrics.keys() == {"validation", "validation_by_box", "validation_with_mirror"}


def test_a_run_gives_its_start_the_share_that_is_asked_for(faces):
    assert pretrain(faces, "start") == 0
    start = ["--start", str(faces / "start/backbone"), "--seed", "1"]
    assert pretrain(faces, "alone", *start) == 0
    assert pretrain(faces, "back", *start, "--start-share", "1") == 0
    first, alone, back = (
        load_face_clip(faces / run / "backbone")[0].clip.visual.conv1.weight
        for run in ("start", "alone", "back")
    )
    assert not torch.equal(first, alone)
    assert torch.equal(first, back)


def test_a_share_of_no_start_is_refused(faces, capsys):
    assert pretrain(faces, "run", "--start-share", "0.5") == 2
    assert "--start-share needs --start" in capsys.readouterr().err


def test_a_run_may_have_a_teacher_and_go_on(faces, monkeypatch):
    assert pretrain(faces, "first") == 0
    teacher = str(faces / "first/backbone")
    train_epoch, epochs = Pretraining.train_epoch, []

    def interrupted(self):
        epochs.append(self.epoch)
        if len(epochs) == 2:
            raise KeyboardInterrupt
        return train_epoch(self)

    monkeypatch.setattr(Pretraining, "train_epoch", interrupted)
    words = ["--teacher", teacher, "--epochs", "2"]
    assert pretrain(faces, "second", *words) == 130
    assert pretrain(faces, "second", *words, "--resume") == 0
    history = (faces / "second/history.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in history] == [1, 2]


def test_several_teachers_may_have_their_say(faces):
    assert pretrain(faces, "first") == 0
    assert pretrain(faces, "second", "--seed", "1") == 0
    both = [str(faces / run / "backbone") for run in ("first", "second")]
    assert pretrain(faces, "third", "--teacher", *both, "--distillation", "0.5") == 0
    settings = json.loads((faces / "third/config.json").read_text())
    assert settings["distillation"] == 0.5


def test_faces_of_made_clips_join_the_stills(faces, caplog):
    frames = np.zeros((4, 64, 64), np.uint8)
    clip = Clip(frames, SEVEN.index("fear"), "somebody", "acted", "onset", 0.04)
    gather([clip] * 3, "train").save(faces / "clips.npz")
    with caplog.at_level("INFO", logger="train.commands.pretrain"):
        assert pretrain(faces, "run", "--clips", str(faces / "clips.npz")) == 0
    # Each gives its first frame, at rest, and its last, at the apex.
    assert f"learning from {7 * 18} + {2 * 3} faces" in caplog.text


def test_clips_that_are_none_are_refused(faces, capsys):
    assert pretrain(faces, "run", "--clips", str(faces / "train.npz")) == 2
    assert "is no set of clips" in capsys.readouterr().err


def test_a_teacher_of_other_widths_is_refused(faces, capsys):
    """The shipped checkpoint's features have 256 numbers, the miniature's 16."""
    assert pretrain(faces, "run", "--teacher", str(SHIPPED)) == 2
    assert "widths 64×256, and 32×16 are wanted" in capsys.readouterr().err


def test_a_finished_run_is_neither_overwritten_nor_mixed(faces, capsys):
    assert pretrain(faces, "run") == 0
    before = (faces / "run/history.jsonl").read_text()
    assert pretrain(faces, "run") == 2
    assert "already holds a run; pass --resume" in capsys.readouterr().err
    assert pretrain(faces, "run", "--resume", "--learning-rate", "0.5") == 2
    assert "learning_rate: 0.001 → 0.5" in capsys.readouterr().err
    assert (faces / "run/history.jsonl").read_text() == before
    assert json.loads((faces / "run/config.json").read_text())["learning_rate"] == 0.001


def test_a_file_of_faces_that_was_cut_off_is_told(faces, capsys):
    path = faces / "train.npz"
    path.write_bytes(path.read_bytes()[:5000])
    assert pretrain(faces, "run") == 2
    assert "train.npz is damaged" in capsys.readouterr().err


def test_a_full_disk_is_a_sentence_and_leaves_no_half_file(faces, capsys, monkeypatch):
    def full(state, path):
        path.write_bytes(b"half")
        raise RuntimeError("basic_ios::clear: iostream error")

    monkeypatch.setattr(torch, "save", full)
    assert pretrain(faces, "run") == 2
    assert "the disk is full" in capsys.readouterr().err
    assert not list(faces.rglob("*.partial"))


def test_a_folder_in_which_another_process_works_is_left_alone(faces, capsys):
    with sole_user(faces / "run"):
        assert pretrain(faces, "run") == 2
        assert "another process is at work" in capsys.readouterr().err
        assert list((faces / "run").iterdir()) == []
    assert pretrain(faces, "run") == 0


def test_a_head_can_be_given_fewer_stills_of_each_class(faces):
    assert pretrain(faces, "run", "--head-stills", "0.5") == 0
    with np.load(faces / "run/stills.npz") as stills:
        rows = [
            (str(part), int(label))
            for part, label in zip(stills["parts"], stills["labels"], strict=True)
        ]
    assert {label: rows.count(("train", label)) for label in range(7)} == dict.fromkeys(range(7), 9)
    assert sum(part == "validation" for part, _ in rows) == 7 * 2


@pytest.mark.parametrize("share", ["0", "1.2"])
def test_a_head_needs_some_stills_and_has_no_more_than_all(faces, capsys, share):
    assert pretrain(faces, "run", "--head-stills", share) == 2
    assert f"--head-stills {float(share)} is not above 0" in capsys.readouterr().err


def test_a_start_with_other_towers_is_refused(faces, capsys):
    assert pretrain(faces, "run", "--start", str(SHIPPED)) == 2
    assert "the start has other towers than the run" in capsys.readouterr().err
