import json

import numpy as np
import pytest

from tests.train.motion_doubles import toy_collection, write_face_model
from train.__main__ import main
from train.data.face_canvas import canvas_from_face
from train.motion.clip_set import load_clips
from train.motion.faces.landmarks import Landmarks, digest_of


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """FER2013's file, its cached landmarks and a face model, all of toys."""
    folder = tmp_path_factory.mktemp("sources")
    stills, found = toy_collection(20)
    images = stills.images[:, 8:-8, 8:-8]
    np.savez(folder / "fer2013_train.npz", images=images, labels=stills.labels)
    canvases = np.stack([canvas_from_face(image) for image in images])
    kept = Landmarks(found.points, found.scores, found.actions, digest_of(canvases))
    (folder / "cache").mkdir()
    np.savez(folder / "cache" / "fer2013_landmarks.npz", **vars(kept))
    write_face_model(folder / "face.npz")
    return folder


def animate(sources, out, *more):
    paths = ["--fer2013", sources / "fer2013_train.npz", "--face-model", sources / "face.npz"]
    places = ["--cache", sources / "cache", "--out", out]
    sizes = ["--clips", 40, "--validation-clips", 10, "--shortest", 3, "--longest", 5]
    return main([str(word) for word in ("animate", *paths, *places, *sizes, *more)])


@pytest.fixture(scope="module")
def made(sources, tmp_path_factory):
    out = tmp_path_factory.mktemp("made")
    assert animate(sources, out) == 0
    return out


def test_both_files_hold_the_clips_that_were_asked_for(made):
    train, validation = (load_clips(made / f"{part}.npz") for part in ("train", "validation"))
    assert (len(train), len(validation)) == (40, 10)
    assert set(train.parts) == {"train"}
    assert set(validation.parts) == {"validation"}
    assert train.lengths.sum() == len(train.images)


def test_nobody_is_in_both_parts(made):
    train, validation = (load_clips(made / f"{part}.npz") for part in ("train", "validation"))
    assert not set(train.people) & set(validation.people)


def test_the_summary_counts_and_keeps_the_plan(made):
    summary = json.loads((made / "summary.json").read_text())
    assert summary["plan"]["timing"]["longest"] == 5
    assert sum(summary["train"]["labels"].values()) == 40
    assert sum(summary["train"]["kinds"].values()) == 40


def test_a_second_run_makes_the_same_clips(made, sources, tmp_path):
    assert animate(sources, tmp_path) == 0
    first, second = load_clips(made / "train.npz"), load_clips(tmp_path / "train.npz")
    np.testing.assert_array_equal(first.images, second.images)


def test_kinds_can_be_chosen(sources, tmp_path):
    assert animate(sources, tmp_path, "--kinds", "acted=1", "--neutral-share", "0") == 0
    assert set(load_clips(tmp_path / "train.npz").kinds) == {"acted"}


def test_without_stills_the_flags_are_named(sources, tmp_path, capsys):
    code = main(["animate", "--out", str(tmp_path), "--face-model", str(sources / "face.npz")])
    assert code == 2
    assert "--fer2013, --muxspace or --london" in capsys.readouterr().err


def test_a_wrong_kind_is_a_sentence(sources, tmp_path, capsys):
    assert animate(sources, tmp_path, "--kinds", "danced=1") == 2
    assert "danced" in capsys.readouterr().err


def test_courses_can_be_chosen(sources, tmp_path):
    courses = ["--courses", "from_apex=1", "--neutral-speaking-share", "0.9"]
    kinds = ["--kinds", "acted=1", "--neutral-share", "0"]
    assert animate(sources, tmp_path, *kinds, *courses) == 0
    assert set(load_clips(tmp_path / "train.npz").courses) == {"from_apex"}
    plan = json.loads((tmp_path / "summary.json").read_text())["plan"]
    assert (plan["courses"], plan["neutral_speaking_share"]) == ({"from_apex": 1}, 0.9)
