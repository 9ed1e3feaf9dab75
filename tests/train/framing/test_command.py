"""From stills with landmarks to a network that frames."""

import json

import numpy as np
import pytest
import torch

from core.checkpoint import SHIPPED
from core.faces.box import FaceBox
from core.faces.framing.framer import open_framer
from core.faces.framing.points import FeaturePoints
from tests.machine import SEED
from train.__main__ import main
from train.faceclip.stills.collections import COLLECTIONS, read_collection
from train.faceclip.stills.sources import Stills
from train.framing import naming
from train.framing.faces import PointedFaces
from train.framing.training import FramingConfig, judge_points, train_points
from train.motion.faces.landmarks import digest_of
from train.runtime.arrays import write_arrays

COUNT = 140
# Eyes and mouth of a drawn face [px of the canvas].

FEATURES = np.array([[24.0, 26.0], [41.0, 26.0], [32.5, 45.0]])


def drawn(count, seed=0):
    """Faces of noise with two dark eyes and a dark mouth, all a little off the middle."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:64, :64]
    images, points = [], []
    for _ in range(count):
        places = FEATURES + rng.uniform(-3, 3, 2)
        face = 170 + rng.normal(0, 8, (64, 64))
        for (px, py), wide in zip(places, (2.2, 2.2, 4.0), strict=True):
            face -= 140 * np.exp(-((x - px) ** 2 / wide**2 + (y - py) ** 2 / 4))
        images.append(face.clip(0, 255).astype(np.uint8))
        points.append(places)
    return np.stack(images), np.stack(points)


def pointed(count, seed):
    images, points = drawn(count, seed)
    scaled = ((points + 0.5) / 64 * 2 - 1).astype(np.float32)
    return PointedFaces(torch.from_numpy(images), torch.from_numpy(scaled))


@pytest.mark.trains
def test_the_network_learns_to_point():
    faces, others = pointed(192, 0), pointed(32, 1)
    config = FramingConfig(epochs=3, batch_size=32, seed=SEED)
    untaught = judge_points(FeaturePoints(), others)
    taught = judge_points(train_points(faces, others, config), others)
    assert taught["point_error"] < 0.75 * untaught["point_error"]


@pytest.fixture
def collection(tmp_path):
    """FER2013's file and a cache with its landmarks, so that no MediaPipe is asked."""
    images, points = drawn(COUNT)
    path, cache = tmp_path / "train.npz", tmp_path / "cache"
    cache.mkdir()
    inner = images[:, 8:56, 8:56]
    np.savez(path, images=inner, labels=np.arange(COUNT, dtype=np.uint8) % 7)
    stills = read_collection("fer2013", path, cache)
    landmarks = np.full((COUNT, 68, 2), 32.0, np.float32)
    for feature, rows in enumerate((slice(36, 42), slice(42, 48), slice(48, 68))):
        landmarks[:, rows] = points[:, None, feature]
    landmarks[5] = np.nan
    write_arrays(
        cache / "fer2013_landmarks.npz",
        points=landmarks,
        scores=np.zeros((COUNT, 52), np.float32),
        actions=np.array(["a"] * 52),
        digest=np.array(digest_of(stills.images)),
    )
    return path, cache


def test_the_command_writes_a_network_and_what_it_is_worth(collection, tmp_path):
    path, cache = collection
    out = tmp_path / "out"
    given = ["--fer2013", str(path), "--cache", str(cache), "--out", str(out)]
    assert main(["framing", *given, "--epochs", "1", "--judge-by", str(SHIPPED)]) == 0
    assert open_framer(out / "model.safetensors")
    figures = json.loads((out / "metrics.json").read_text())
    assert figures["held_out"]["point_error"] > 0
    for kind in ("found", "framed"):
        assert figures[kind].keys() == {"0.7", "0.85", "1.0", "1.15", "1.3"}
        assert all(0 <= scores["uar"] <= 1 for scores in figures[kind].values())


def test_what_framing_changes_is_what_towers_are_shown(monkeypatch):
    """A square that is 30 % too wide shows the same as the true one, once it is framed."""
    shown = []

    def score(_towers, stills, _size):
        shown.append(stills.images)
        return {"war": 0.0, "uar": 0.0}

    class Framer:
        def frame(self, image, boxes):
            assert image.shape == (64, 64, 3)
            return [FaceBox(8.0, 8.0, 48.0) for _ in boxes]

    monkeypatch.setattr(naming, "score_stills", score)
    images, _ = drawn(3)
    stills = Stills(images, np.zeros(3, np.int64), np.array(["a", "b", "c"]))
    scores = naming.score_framed(None, stills, 64, Framer())
    assert list(scores) == ["0.7", "0.85", "1.0", "1.15", "1.3"]
    assert all(np.array_equal(each, shown[2]) for each in shown)
    naming.score_framed(None, stills, 64, None)
    assert np.array_equal(shown[5 + 2], shown[2])
    assert not np.array_equal(shown[5], shown[2])


def test_faces_must_be_given(tmp_path, capsys):
    assert main(["framing", "--out", str(tmp_path / "out")]) == 2
    assert "--fer2013" in capsys.readouterr().err
    assert main(["framing", "--out", str(tmp_path / "out"), "--judge-by", "x"]) == 2
    assert "--fer2013" in capsys.readouterr().err
    assert set(COLLECTIONS) >= {"fer2013"}
