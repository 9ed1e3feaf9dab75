"""Stored features are the encoder's, survive interruptions and are never confused."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.errors import DataError
from core.model.backbones import load_face_clip
from train.data.canvases import CanvasDataset
from train.data.dataset import Fold
from train.data.split import without_empty
from train.features import extraction, shards, store
from train.features.ahead import ahead
from train.features.backbone import LoadedBackbone
from train.features.bank import FeatureBank, Gatherer
from train.features.encode import ClipEncoder, encode_dataset
from train.features.key import StoreKey
from train.features.request import FeatureRequest
from train.features.store import FeatureStore
from train.runtime import precision


@pytest.fixture
def dataset(canvas_file):
    return CanvasDataset([canvas_file])


@pytest.fixture
def encoder(dataset, face_clip_folder):
    backbone, settings = load_face_clip(face_clip_folder)
    return ClipEncoder(backbone, dataset, settings.preprocess, views=3, seed=5)


@pytest.fixture
def make(tmp_path, dataset, encoder, monkeypatch):
    monkeypatch.setattr(store, "SHARD_CLIPS", 5)

    def build(**changes):
        key = StoreKey(
            dataset="stripes", data=dataset.fingerprint, backbone="abc", width=16,
            preprocess=encoder.preprocess, detector="none", recipe="stills", views=3, seed=5,
            precision="auto",
        )  # fmt: skip
        return FeatureStore.for_dataset(tmp_path / "cache", replace(key, **changes), dataset)

    return build


def all_features(bank):
    return np.concatenate(bank.parts)


def test_stored_features_equal_those_in_memory(make, encoder):
    extraction.extract(encoder, make())
    stored, direct = make().open(), encode_dataset(encoder)
    assert stored.lengths.tolist() == direct.lengths.tolist()
    assert np.array_equal(all_features(stored), all_features(direct))
    assert len(stored.parts) == 4


def test_view_0_is_what_prediction_computes(make, encoder, dataset):
    extraction.extract(encoder, make())
    plain = dataset.read(0, 1.0).plain(encoder.preprocess)
    expected = encoder.backbone.encode_frames(plain).half().numpy()
    assert np.allclose(all_features(make().open())[: len(expected), 0], expected, atol=1e-3)


def test_random_views_differ_from_each_other_and_are_repeatable(encoder, dataset):
    pictures = dataset.read(0, 1.0)
    first, second = (pictures.view(number, encoder.preprocess, 9) for number in (1, 2))
    assert (first - second).abs().max() > 0.5
    assert torch.equal(first, pictures.view(1, encoder.preprocess, 9))


def test_the_same_variation_is_applied_to_every_frame(encoder):
    from train.data.canvases import CanvasPictures

    face = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    view = CanvasPictures(np.stack([face] * 4)).view(1, encoder.preprocess, 3)
    correlation = np.corrcoef(view[:, 0].flatten(1).numpy())
    assert correlation.min() > 0.9  # noise alone differs


def test_an_interrupted_extraction_goes_on_where_it_was(make, encoder, monkeypatch):
    whole = encode_dataset(encoder)
    read, calls = encoder.dataset.read, []

    def interrupted(row, crop_scale):
        calls.append(row)
        if row == 11:
            raise KeyboardInterrupt
        return read(row, crop_scale)

    monkeypatch.setattr(encoder.dataset, "read", interrupted)
    with pytest.raises(KeyboardInterrupt):
        extraction.extract(encoder, make())
    with pytest.raises(DataError, match="unfinished"):
        make().open()
    again = []
    monkeypatch.setattr(
        encoder.dataset, "read", lambda row, scale: again.append(row) or read(row, scale)
    )
    extraction.extract(encoder, make())
    assert min(again) == 10
    assert np.array_equal(all_features(make().open()), all_features(whole))


def test_clips_that_cannot_be_read_are_all_named(make, encoder, monkeypatch):
    read = encoder.dataset.read

    def failing(row, crop_scale):
        if row in (3, 12):
            raise DataError(f"list.csv:{row}: no such clip")
        return read(row, crop_scale)

    monkeypatch.setattr(encoder.dataset, "read", failing)
    with pytest.raises(DataError, match=r"2 clips cannot be used .*:\n.*csv:3.*\n.*csv:12"):
        extraction.extract(encoder, make())
    extraction.extract(encoder, make(), skip_bad=True)
    lengths = make().open().lengths
    assert np.flatnonzero(lengths == 0).tolist() == [3, 12]
    rows = np.arange(18)
    fold = Fold("all", rows[:10], rows[:0], rows[10:])
    fold = without_empty(encoder.dataset, fold, lengths)
    assert (len(fold.train), len(fold.test)) == (9, 7)
    assert 3 not in fold.train


@pytest.mark.parametrize("change", ["flip", "cut", "shape", "delete"])
def test_damage_is_noticed_and_the_file_named(make, encoder, change):
    extraction.extract(encoder, make())
    path = make().folder / "0002.npy"
    data = bytearray(path.read_bytes())
    if change == "flip":
        data[-1] ^= 1
    elif change == "cut":
        data = data[:-10]
    path.write_bytes(data)
    os.utime(path, ns=(0, 0))
    if change == "shape":
        np.save(path, np.load(path)[:-1])
    if change == "delete":
        path.unlink()
    with pytest.raises(DataError, match=r"1 of 4 parts" if change == "delete" else r"0002\.npy"):
        make().open()


def test_a_file_is_read_against_its_checksum_once(make, encoder, monkeypatch):
    """Copied elsewhere, it has another time; from then on that one is known."""
    extraction.extract(encoder, make())
    checks = []
    crc32 = shards.zlib.crc32
    monkeypatch.setattr(shards.zlib, "crc32", lambda data: checks.append(1) or crc32(data))
    make().open()
    assert checks == []
    for path in make().folder.glob("*.npy"):
        os.utime(path, ns=(0, 1))
    make().open()
    assert len(checks) == 4
    make().open()
    assert len(checks) == 4


def test_a_store_that_cannot_be_written_is_checked_each_time(make, encoder, monkeypatch):
    extraction.extract(encoder, make())
    os.utime(make().folder / "0000.npy", ns=(0, 1))

    def refuse(*_):
        raise DataError("closed")

    monkeypatch.setattr(shards, "write_json", refuse)
    assert len(make().open().lengths) == len(make().open().lengths) == 18


def test_a_foreign_cache_is_named(make, encoder):
    extraction.extract(encoder, make())
    path = make().folder / "cache.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"backbone": "other", "seed": 1}))
    with pytest.raises(DataError, match="another backbone, seed"):
        make().open()


def test_shards_of_other_clips_are_named(make, encoder):
    extraction.extract(encoder, make())
    path = make().folder / "0001.json"
    about = json.loads(path.read_text())
    path.write_text(json.dumps(about | {"clips": about["clips"][::-1]}))
    with pytest.raises(DataError, match="other clips"):
        make().open()


@pytest.mark.parametrize(
    "change",
    [{"backbone": "x"}, {"data": "x"}, {"views": 4}, {"seed": 6}, {"recipe": "x"},
     {"detector": "haar"}, {"precision": "bf16"}, {"cue": "x"}, {"landmarker": "x"}],
)  # fmt: skip
def test_everything_features_depend_on_has_a_folder_of_its_own(make, change):
    assert make().folder != make(**change).folder
    with pytest.raises(DataError, match=r"run `python -m train (extract|cues)` first"):
        make(**change).open()


def test_stores_from_before_there_were_cues_keep_their_folder(make):
    assert not {"cue", "landmarker"} & set(make().key.to_json())
    assert make().folder.name.count("-") == 1
    assert make(cue="parts", landmarker="x").folder.name.startswith("stripes-parts-")


def test_too_little_space_is_told_before_work_begins(make, encoder, monkeypatch):
    from types import SimpleNamespace

    monkeypatch.setattr(extraction.shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(DataError, match="fewer --views"):
        extraction.extract(encoder, make())
    assert not list(make().folder.glob("*.npy"))


def test_two_ranks_share_the_work(make, encoder, monkeypatch):
    monkeypatch.setattr(extraction.parallel, "world_size", lambda: 2)
    for rank in (0, 1):
        monkeypatch.setattr(extraction.parallel, "rank", lambda rank=rank: rank)
        done = {shard for shard in range(4) if make().is_done(shard)}
        assert done == ({0, 2} if rank else set())
        extraction.extract(encoder, make())
    assert np.array_equal(all_features(make().open()), all_features(encode_dataset(encoder)))


@pytest.mark.parametrize("limit", [0, 10**9])
def test_gathering_from_disk_and_memory_is_the_same(toy_bank, limit):
    gatherer = Gatherer(toy_bank, torch.device("cpu"), limit)
    clips, views = np.array([0, 11, 23]), np.array([2, 0, 1])
    frames = np.array([[0, 1], [1, 1], [0, 0]])
    starts = toy_bank.starts()
    flat = all_features(toy_bank)
    expected = [flat[starts[c] + f, v] for c, f, v in zip(clips, frames, views, strict=True)]
    found = gatherer(clips, frames, views)
    assert found.dtype == torch.float32
    assert np.array_equal(found.numpy(), np.array(expected, np.float32))


def test_a_bank_must_fit_its_lengths():
    with pytest.raises(ValueError, match="3 rows of features for 4 frames"):
        FeatureBank([np.zeros((3, 1, 2), np.float16)], np.array([1, 3]))


def test_working_ahead_keeps_the_order_and_the_memory_bounded():
    started = []

    def work(item):
        started.append(item)
        return item * 2

    results = ahead(work, range(100), workers=2)
    assert [next(results) for _ in range(3)] == [0, 2, 4]
    assert len(started) <= 6
    assert list(results) == [2 * item for item in range(3, 100)]


@pytest.mark.parametrize(
    ("asked", "has_units", "device", "used"),
    [
        ("auto", True, "cuda", "bf16"), ("auto", False, "cuda", "float32"),
        ("auto", True, "cpu", "float32"), ("bf16", False, "cpu", "bf16"),
        ("float32", True, "cuda", "float32"),
    ],
)  # fmt: skip
def test_a_key_holds_the_arithmetic_that_is_used(monkeypatch, asked, has_units, device, used):
    monkeypatch.setattr(precision, "has_bf16_units", lambda _: has_units)
    assert precision.resolve(torch.device(device), asked) == used


def test_asking_for_auto_and_for_what_it_means_is_one_store(dataset, face_clip_folder):
    model, settings = load_face_clip(face_clip_folder)
    backbone = LoadedBackbone(model, settings.backbone, settings.preprocess)
    keys = [FeatureRequest(precision=one).key(dataset, backbone) for one in ("auto", "float32")]
    assert keys[0] == keys[1]
    assert (
        keys[0].folder_name != FeatureRequest(precision="bf16").key(dataset, backbone).folder_name
    )
