"""Stored squares are those that reading gives, and spare videos and detectors from then on."""

import os

import numpy as np
import pytest
import torch

from core.errors import DataError, TrainingError
from tests.train import layouts
from tests.train.commands.test_methods_from_presets import fit_words, own_weights
from train.__main__ import main
from train.crops.cutting import CropMaker
from train.crops.dataset import CroppedDataset
from train.crops.store import CropStore
from train.data.canvases import CanvasDataset
from train.data.clip_files import ClipFiles
from train.data.layouts.registry import DataOptions, open_dataset
from train.features.extraction import extract
from train.features.store import FeatureStore
from train.runtime.disk import sole_user

KINDS = {"dfew": layouts.make_dfew, "mafw": layouts.make_mafw}


@pytest.fixture
def make(tmp_path):
    def build(layout="dfew", detector=None):
        root = tmp_path / layout
        if not root.exists():
            KINDS[layout](root)
        detector = detector or ("center" if layout == "mafw" else "none")
        return open_dataset(DataOptions(paths=[root], layout=layout, detector=detector))

    return build


def cut(dataset, folder, **changes):
    maker = CropMaker(dataset, **{"crop_scale": 1.0, "most_px": 224} | changes)
    extract(maker, CropStore.for_key(folder, maker.key, dataset))
    return folder


@pytest.mark.parametrize("layout", KINDS)
def test_they_are_what_reading_gives_bit_by_bit(make, tmp_path, monkeypatch, layout):
    dataset = make(layout)
    expected = [dataset.read(row, 1.0).crops for row in range(12)]
    folder = cut(dataset, tmp_path / "crops")
    again = make(layout)
    monkeypatch.setattr(ClipFiles, "read", None)
    cropped = CroppedDataset(again, folder)
    assert cropped.fingerprint == dataset.fingerprint
    assert cropped.detector == dataset.detector
    for row, crops in enumerate(expected):
        assert cropped.count(row) == len(crops)
        found = cropped.read(row, 1.0)
        assert all(np.array_equal(a, b) for a, b in zip(crops, found.crops, strict=True))
        some = cropped.read(row, 1.0, np.array([1, 3]))
        assert all(np.array_equal(crops[i], c) for i, c in zip((1, 3), some.crops, strict=True))


def test_an_interrupted_run_goes_on_where_it_was(make, tmp_path, monkeypatch):
    dataset = make()
    read, rows = dataset.read, []

    def stopping(row, scale):
        if row == 9:
            raise KeyboardInterrupt
        return read(row, scale)

    monkeypatch.setattr(dataset, "read", stopping)
    with pytest.raises(KeyboardInterrupt):
        cut(dataset, tmp_path)
    with pytest.raises(DataError, match=r"1 of 2 parts missing.*`python -m train crops`"):
        CroppedDataset(dataset, tmp_path)
    monkeypatch.setattr(dataset, "read", lambda row, scale: rows.append(row) or read(row, scale))
    cut(dataset, tmp_path)
    assert min(rows) == 8
    assert len(CroppedDataset(dataset, tmp_path).read(11, 1.0)) == dataset.count(11)


def test_clips_without_a_face_are_named_or_left_out(make, tmp_path):
    dataset = make()
    sorted(dataset.paths[4].iterdir())[0].write_bytes(b"no picture")
    with pytest.raises(DataError, match="1 clips cannot be used"):
        cut(dataset, tmp_path)
    assert CroppedDataset(dataset, tmp_path).count(4) == 0


def test_reduced_squares_are_features_of_their_own(make, tmp_path):
    dataset = make()
    cropped = CroppedDataset(dataset, cut(dataset, tmp_path, most_px=20))
    assert {crop.shape for crop in cropped.read(0, 1.0).crops} == {(20, 20, 3)}
    assert cropped.detector == "none, 20 px"


def test_two_commands_do_not_fill_one_store(make, tmp_path):
    dataset = make()
    maker = CropMaker(dataset, crop_scale=1.0, most_px=224)
    store = CropStore.for_key(tmp_path, maker.key, dataset)
    with sole_user(store.folder), pytest.raises(TrainingError, match="another process is at work"):
        cut(dataset, tmp_path)
    cut(dataset, tmp_path)
    with sole_user(store.folder):
        cut(dataset, tmp_path)


def test_a_changed_byte_is_noticed(make, tmp_path):
    dataset = make()
    cut(dataset, tmp_path)
    path = next(tmp_path.glob("*/0001.npy"))
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(0, 0))
    cropped = CroppedDataset(dataset, tmp_path)
    assert len(cropped.read(0, 1.0))
    with pytest.raises(DataError, match=r"0001\.npy was changed since it was written"):
        cropped.read(8, 1.0)


def test_what_does_not_fit_is_told(make, tmp_path, canvas_file):
    dataset = make("mafw")
    with pytest.raises(
        DataError, match="has no squares of mafw found by the detector 'center, framed"
    ):
        CroppedDataset(dataset, tmp_path / "nothing")
    with pytest.raises(DataError, match="canvases in memory"):
        cut(CanvasDataset([canvas_file]), tmp_path / "crops")
    folder = cut(dataset, tmp_path / "crops")
    with pytest.raises(DataError, match=r"are 1 times the face, but 1\.3 times is asked for"):
        CroppedDataset(dataset, folder).read(0, 1.3)
    cut(dataset, folder, crop_scale=1.3)
    with pytest.raises(DataError, match="has 2 sets of squares"):
        CroppedDataset(dataset, folder)
    (one, _) = sorted(folder.iterdir())
    assert CroppedDataset(dataset, one).store.folder == one


def test_a_tower_learns_the_same_from_them(face_clip_folder, tmp_path, capsys, monkeypatch):
    """Without them, only stored features tell how many faces a video shows."""
    root = str(layouts.make_mafw(tmp_path / "mafw", clips=12))
    data = ["--layout", "mafw", "--data", root, "--detector", "center"]
    backbone = ["--backbone", str(face_clip_folder), "--device", "cpu"]
    folder, cache = str(tmp_path / "crops"), str(tmp_path / "cache")
    words = [*data, *backbone]
    assert main(fit_words("dfer-clip", words, tmp_path / "none")) == 2
    assert "run `python -m train crops`" in capsys.readouterr().err
    assert main(["extract", *words, "--cache", cache]) == 0
    assert main(fit_words("dfer-clip", [*words, "--cache", cache], tmp_path / "videos")) == 0
    assert main(["crops", *data, "--crops", folder]) == 0
    monkeypatch.setattr(ClipFiles, "read", None)
    words += ["--crops", folder]
    assert main(fit_words("dfer-clip", words, tmp_path / "squares")) == 0
    videos, squares = (own_weights(tmp_path / n / "checkpoint") for n in ("videos", "squares"))
    assert all(torch.equal(tensor, squares[name]) for name, tensor in videos.items())
    again = str(tmp_path / "again")
    assert main(["extract", *words, "--cache", again]) == 0
    stores = [next(iter((tmp_path / name).iterdir())) for name in ("cache", "again")]
    assert stores[0].name == stores[1].name
    first, second = (np.load(store / "0000.npy") for store in stores)
    assert np.array_equal(first, second)
    assert (
        FeatureStore.lengths_of(
            tmp_path / "again",
            open_dataset(DataOptions(paths=[tmp_path / "mafw"], layout="mafw", detector="center")),
        ).tolist()
        == [5] * 12
    )
