"""Batches of pictures: only what is used is decoded, ahead of its use, the same in any order."""

import threading

import numpy as np
import pytest
import torch

from core.config import PreprocessConfig
from core.errors import DataError
from core.preprocess import preprocess_crops
from tests.train import layouts
from train.data.canvases import CanvasDataset
from train.data.layouts.registry import DataOptions, open_dataset
from train.features.encode import ClipEncoder, encode_dataset
from train.features.pictures import PictureGatherer
from train.features.request import judged_frames

CPU = torch.device("cpu")
PREPROCESS = PreprocessConfig(image_size=32)


@pytest.fixture
def dfew(tmp_path):
    return layouts.make_dfew(tmp_path / "dfew", clips=6)


def opened(root, recipe="jitter"):
    return open_dataset(DataOptions(paths=[root], layout="dfew", recipe=recipe))


def gatherer(dataset, workers=2):
    lengths = np.array([dataset.count(row) for row in range(len(dataset.records))])
    return PictureGatherer(lengths, CPU, dataset, PREPROCESS, 3, workers)


@pytest.mark.parametrize("recipe", ["jitter", "fixed", "resized", "stills"])
@pytest.mark.parametrize("view", [0, 5])
def test_a_frame_does_not_depend_on_which_others_are_read(dfew, canvas_file, recipe, view):
    dataset = CanvasDataset([canvas_file]) if recipe == "stills" else opened(dfew, recipe)
    whole = dataset.read(1, 1.0)
    assert dataset.count(1) == len(whole)
    some = dataset.read(1, 1.0, np.array([0, 2]))
    assert len(some) == 2
    expected = whole.view(view, PREPROCESS, 7)[[0, 2]]
    assert torch.equal(some.view(view, PREPROCESS, 7), expected)


def test_frames_that_are_not_wanted_are_not_opened(dfew):
    dataset = opened(dfew)
    paths = sorted(dataset.paths[2].iterdir())
    expected = dataset.read(2, 1.0).crops
    for frame in (1, 3):
        paths[frame].write_bytes(b"no picture")
    found = dataset.read(2, 1.0, np.array([0, 2, 4])).crops
    assert all(np.array_equal(expected[f], crop) for f, crop in zip((0, 2, 4), found, strict=True))
    with pytest.raises(DataError, match="not a readable image"):
        dataset.read(2, 1.0, np.array([3]))


def test_frames_that_went_since_they_were_counted_are_told(dfew):
    dataset = opened(dfew)
    count = dataset.count(0)
    sorted(dataset.paths[0].iterdir())[-1].unlink()
    with pytest.raises(DataError, match="has lost frames since they were counted"):
        dataset.read(0, 1.0, np.array([0, count - 1]))


def test_videos_do_not_tell_their_frames_without_being_read(tmp_path):
    root = layouts.make_folders(tmp_path / "folders")
    options = DataOptions(paths=[root], layout="folders", detector="none")
    dataset = open_dataset(options)
    assert dataset.count(0) is None
    whole, some = dataset.read(0, 1.0), dataset.read(0, 1.0, np.array([1, 3]))
    assert all(np.array_equal(whole.crops[f], c) for f, c in zip((1, 3), some.crops, strict=True))


@pytest.mark.parametrize("workers", [1, 3])
def test_batches_are_the_same_with_any_number_of_workers(dfew, workers):
    dataset = opened(dfew)
    pictures = gatherer(dataset, workers)
    draws = [
        (np.array([4, 0]), np.array([[0, 1, 3], [2, 2, 3]]), np.array([0, 9])),
        (np.array([5]), np.array([[0, 1, 2]]), np.array([1])),
    ]
    batches = list(pictures.stream(draws))
    assert [batch.dtype for batch in batches] == [torch.uint8] * 2
    for (clips, frames, views), batch in zip(draws, batches, strict=True):
        for clip, rows, view, found in zip(clips, frames, views, batch, strict=True):
            whole = dataset.read(int(clip), 1.0).view(int(view), PREPROCESS, 3_000_009 + int(clip))
            assert torch.equal(pictures.ready(found[None])[0], whole[torch.from_numpy(rows)])


def test_the_next_batch_is_read_while_one_is_used(dfew, monkeypatch):
    dataset = opened(dfew)
    read, begun = dataset.read, threading.Event()

    def watched(row, crop_scale, frames):
        if row == 3:
            begun.set()
        return read(row, crop_scale, frames)

    monkeypatch.setattr(dataset, "read", watched)
    one = np.array([[0, 1]])
    draws = [(np.array([row]), one, np.array([0])) for row in (0, 3)]
    stream = gatherer(dataset, 1).stream(draws)
    next(stream)
    assert begun.wait(60)
    stream.close()


def test_a_clip_that_cannot_be_read_stops_its_batch(dfew):
    dataset = opened(dfew)
    pictures = gatherer(dataset)
    sorted(dataset.paths[1].iterdir())[0].write_bytes(b"no picture")
    draws = [(np.array([row]), np.array([[0, 1]]), np.array([0])) for row in range(3)]
    stream = pictures.stream(draws)
    next(stream)
    with pytest.raises(DataError, match="not a readable image"):
        next(stream)


def test_views_in_bytes_and_in_numbers_share_a_batch(canvas_file):
    """The random views of stills are normalised on their way, the plain one is not."""
    dataset = CanvasDataset([canvas_file])
    draw = np.array([0, 1]), np.array([[0, 1]] * 2), np.array([0, 4])
    pictures = gatherer(dataset)
    batch = pictures(*draw)
    plain = dataset.read(0, 1.0).plain(PREPROCESS)[:2]
    torch.testing.assert_close(pictures.ready(batch)[0], plain)


def test_bytes_become_what_prediction_reads():
    crops = [np.random.default_rng(n).integers(0, 256, (40, 40, 3), np.uint8) for n in range(2)]
    config = PreprocessConfig(image_size=40)
    mean, deviation = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
    expected = (np.stack(crops) / 255 - mean) / deviation
    found = preprocess_crops(crops, config).permute(0, 2, 3, 1).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-6)


class Tower:
    """Counts the frames that it is shown; a frame's feature is its mean colour, repeated."""

    def __init__(self):
        self.frames = 0

    def __call__(self, pixels):
        self.frames += len(pixels)
        return pixels.mean((1, 2, 3))[:, None].expand(-1, 16)


@pytest.mark.parametrize("counted", [True, False])
def test_verdicts_need_no_more_than_their_frames(dfew, tiny_backbone, monkeypatch, counted):
    dataset = opened(dfew)
    encoder = ClipEncoder(tiny_backbone, dataset, PREPROCESS, views=1, seed=0)
    encoder.tower = Tower()
    whole = encode_dataset(encoder)
    encoder.tower = Tower()
    encoder.wanted = lambda count: judged_frames(2, "segments", count)
    if not counted:
        monkeypatch.setattr(dataset, "count", lambda _: None)
    some = encode_dataset(encoder)
    assert some.lengths.tolist() == whole.lengths.tolist()
    assert encoder.tower.frames == 2 * len(dataset.records)
    for start, count in zip(some.starts(), some.lengths, strict=True):
        wanted = judged_frames(2, "segments", int(count))
        every = np.arange(count)
        rows = some.parts[0][start : start + count]
        assert np.array_equal(rows[wanted], whole.parts[0][start + wanted])
        assert not rows[np.setdiff1d(every, wanted)].any()
