import sys

import numpy as np
import pytest

from core.errors import CueError, DataError
from tests.train.motion_doubles import toy_collection
from train.motion.faces import landmarks as module
from train.motion.faces.landmarks import cached_landmarks, detect_landmarks, digest_of


@pytest.fixture
def known(monkeypatch):
    """A detector that is called once and finds the toys."""
    stills, found = toy_collection(1)
    calls = []

    def detect(images, model):
        calls.append(len(images))
        return found

    monkeypatch.setattr(module, "detect_landmarks", detect)
    return stills.images, found, calls


def test_landmarks_are_found_once_and_kept(known, tmp_path):
    images, found, calls = known
    cache = tmp_path / "deep" / "landmarks.npz"
    first = cached_landmarks(images, cache, tmp_path / "model.task")
    again = cached_landmarks(images, cache, None)
    assert calls == [7]
    np.testing.assert_array_equal(again.points, found.points)
    np.testing.assert_array_equal(again.scores, first.scores)
    assert again.digest == digest_of(images)


def test_other_images_are_searched_again(known, tmp_path):
    images, _, calls = known
    cache = tmp_path / "landmarks.npz"
    cached_landmarks(images, cache, tmp_path / "model.task")
    cached_landmarks(images[::-1].copy(), cache, tmp_path / "model.task")
    assert calls == [7, 7]


def test_without_cache_and_model_the_flag_is_named(tmp_path):
    with pytest.raises(DataError, match="--landmarker"):
        cached_landmarks(np.zeros((2, 64, 64), np.uint8), tmp_path / "none.npz", None)


def test_a_missing_model_is_named(tmp_path):
    with pytest.raises(CueError, match=r"model\.task is missing"):
        detect_landmarks(np.zeros((1, 64, 64), np.uint8), tmp_path / "model.task")


def test_without_mediapipe_the_requirements_file_is_named(tmp_path, monkeypatch):
    (tmp_path / "model.task").touch()
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with pytest.raises(CueError, match=r"requirements-train\.txt"):
        detect_landmarks(np.zeros((1, 64, 64), np.uint8), tmp_path / "model.task")


def test_rows_without_a_face_are_told(known):
    _, found, _ = known
    found.points[2] = np.nan
    assert list(np.flatnonzero(~found.found)) == [2]
