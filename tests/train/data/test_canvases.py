import numpy as np
import pytest

from core.errors import DataError
from core.labels import ELEVEN, SEVEN
from train.data.canvases import CanvasDataset


def write(path, **changes):
    arrays = {
        "images": np.arange(5 * 64 * 64).reshape(5, 64, 64).astype(np.uint8),
        "labels": np.array([0, 6]),
        "lengths": np.array([2, 3]),
    } | changes
    np.savez(path, **{name: value for name, value in arrays.items() if value is not None})
    return path


def test_clips_are_cut_by_length(tmp_path):
    dataset = CanvasDataset([write(tmp_path / "a.npz")])
    assert dataset.class_names == SEVEN
    assert [len(dataset.read(row, 1.0)) for row in (0, 1)] == [2, 3]
    assert dataset.frames_estimate() == 5
    assert dataset.records[1].name == "a/000001"


def test_stills_are_clips_of_one_frame_and_stacks_of_equal_length_work(tmp_path):
    still = write(tmp_path / "s.npz", labels=np.arange(5), lengths=None)
    assert [len(CanvasDataset([still]).read(row, 1.0)) for row in range(5)] == [1] * 5
    stack = np.zeros((2, 4, 64, 64), np.uint8)
    both = CanvasDataset([still, write(tmp_path / "t.npz", images=stack, lengths=None)])
    assert len(both.records) == 7
    assert len(both.read(6, 1.0)) == 4


def test_parts_become_the_fold(tmp_path):
    parts = np.array(["train", "test", "validation", "train", "train"])
    path = write(tmp_path / "a.npz", labels=np.arange(5), lengths=None, parts=parts)
    (fold,) = CanvasDataset([path]).folds
    assert (fold.train.tolist(), fold.validation.tolist(), fold.test.tolist()) == (
        [0, 3, 4], [2], [1],
    )  # fmt: skip


def test_the_fingerprint_follows_pixels_labels_and_nothing_else(tmp_path):
    first = CanvasDataset([write(tmp_path / "a.npz")]).fingerprint
    assert CanvasDataset([write(tmp_path / "a.npz")]).fingerprint == first
    assert CanvasDataset([write(tmp_path / "a.npz", labels=np.array([1, 6]))]).fingerprint != first
    images = np.zeros((5, 64, 64), np.uint8)
    assert CanvasDataset([write(tmp_path / "a.npz", images=images)]).fingerprint != first


def test_class_names_may_be_given(tmp_path):
    assert CanvasDataset([write(tmp_path / "a.npz", labels=np.array([0, 9]))]).class_names == ELEVEN
    names = np.array(["x", "y"])
    path = write(tmp_path / "b.npz", labels=np.array([0, 1]), classes=names)
    assert CanvasDataset([path]).class_names == ("x", "y")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"labels": np.array([0, 11])}, "labels must be 0..10; wrong in rows 1"),
        ({"labels": np.array([0, -1])}, "wrong in rows 1"),
        ({"lengths": np.array([2, 2])}, "do not fit 5 frames"),
        ({"lengths": np.array([5, 0])}, "do not fit"),
        ({"images": np.zeros((5, 64, 64))}, "must be uint8"),
        ({"images": np.zeros((5, 32, 32), np.uint8)}, "must be uint8 canvases"),
        ({"labels": None}, "no array labels"),
        ({"people": np.array(["p"])}, "2 labels but 1 people"),
        ({"parts": np.array(["train", "training"])}, r"unknown parts \['training'\]"),
    ],
)
def test_arrays_that_do_not_fit_are_explained(tmp_path, changes, words):
    with pytest.raises(DataError, match=words):
        CanvasDataset([write(tmp_path / "a.npz", **changes)])


def test_files_must_agree_on_their_classes(tmp_path):
    first = write(tmp_path / "a.npz")
    second = write(tmp_path / "b.npz", classes=np.array(["x", "y", "z", *"abcd"]))
    with pytest.raises(DataError, match=r"b\.npz has the classes"):
        CanvasDataset([first, second])


def test_a_file_that_is_no_archive(tmp_path):
    path = tmp_path / "a.npz"
    path.write_text("hello")
    with pytest.raises(DataError, match="not a readable npz"):
        CanvasDataset([path])


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_files_that_were_cut_off_are_told(tmp_path, share):
    path = write(tmp_path / "a.npz")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(DataError, match=r"a\.npz is not a readable npz file"):
        CanvasDataset([path])


def test_a_class_that_is_named_twice_is_told(tmp_path):
    path = write(tmp_path / "a.npz", labels=np.array([0, 1]), classes=np.array(["x", "x"]))
    with pytest.raises(DataError, match="names x twice"):
        CanvasDataset([path])
