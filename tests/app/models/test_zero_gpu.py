import pickle
import sys
import types

import numpy as np
import pytest
import torch

from app.models import zero_gpu
from app.models.zero_gpu import BorrowingPredictor, is_zero_gpu
from core import load_predictor
from core.errors import VideoError


@pytest.fixture
def claims(monkeypatch):
    """A stand-in for the package: what goes in and comes out crosses a process border."""
    seconds = []

    def gpu(duration):
        seconds.append(duration)

        def decorate(function):
            return lambda *args: pickle.loads(
                pickle.dumps(function(*pickle.loads(pickle.dumps(args))))
            )

        return decorate

    monkeypatch.setitem(sys.modules, "spaces", types.SimpleNamespace(GPU=gpu))
    # There is no GPU to borrow here: the borrowed call runs on the processor.
    monkeypatch.setattr(zero_gpu, "BORROWED", torch.device("cpu"))
    return seconds


@pytest.fixture
def plain(tiny_checkpoint):
    return load_predictor(tiny_checkpoint, device="cpu", detector="center")


def test_only_a_space_that_lends_is_one(monkeypatch):
    monkeypatch.setattr(zero_gpu.importlib.util, "find_spec", lambda _: object())
    assert is_zero_gpu({"SPACES_ZERO_GPU": "true"})
    assert not is_zero_gpu({"SPACE_ID": "someone/a3lign"})
    monkeypatch.setattr(zero_gpu.importlib.util, "find_spec", lambda _: None)
    assert not is_zero_gpu({"SPACES_ZERO_GPU": "true"})


def test_a_clip_is_looked_at_with_a_claim_and_gives_the_same(claims, plain, clip_file):
    borrowing = BorrowingPredictor(plain)
    assert claims == [zero_gpu.CLAIM_S]
    heard = []
    faces = borrowing.predict_faces(clip_file, progress=heard.append)
    np.testing.assert_allclose(
        faces[0].probabilities, plain.predict(clip_file).probabilities, atol=1e-6
    )
    assert [progress.stage for progress in heard] == ["read", "align"]
    assert borrowing.predict(clip_file).label == faces[0].label


def test_mistakes_come_back_as_themselves(claims, plain, tmp_path):
    with pytest.raises(VideoError):
        BorrowingPredictor(plain).predict_faces(tmp_path / "missing.mp4")


def test_live_frames_need_no_claim(claims, plain):
    borrowing = BorrowingPredictor(plain)
    borrowing._borrow = None
    result = borrowing.live().update(np.full((120, 160, 3), 90, np.uint8), 0.0)
    assert result.raw is not None
