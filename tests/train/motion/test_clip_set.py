import numpy as np
import pytest

from core.errors import DataError
from train.data.canvases import CanvasDataset
from train.motion.clip_set import Clip, gather, load_clips


@pytest.fixture
def clips():
    made = [
        Clip(np.full((length, 64, 64), i, np.uint8), i, f"p{i}", "acted", "onset", 0.04 * (i + 1))
        for i, length in enumerate((3, 5, 2))
    ]
    return gather(made, "train")


def test_clips_are_cut_out_again(clips):
    assert [len(clips.clip(row)) for row in range(len(clips))] == [3, 5, 2]
    assert (clips.clip(1) == 1).all()
    np.testing.assert_array_equal(clips.first_frames()[:, 0, 0], [0, 1, 2])


def test_what_was_saved_is_read_back(clips, tmp_path):
    clips.save(tmp_path / "deep" / "clips.npz")
    again = load_clips(tmp_path / "deep" / "clips.npz")
    np.testing.assert_array_equal(again.images, clips.images)
    assert list(again.people) == ["p0", "p1", "p2"]
    assert list(again.parts) == ["train"] * 3
    assert not list(tmp_path.glob("**/*.partial*"))


def test_training_reads_the_file(clips, tmp_path):
    clips.save(tmp_path / "clips.npz")
    dataset = CanvasDataset([tmp_path / "clips.npz"])
    assert [record.label for record in dataset.records] == [0, 1, 2]


def test_a_missing_file_says_how_to_make_it(tmp_path):
    with pytest.raises(DataError, match="python -m train animate"):
        load_clips(tmp_path / "none.npz")


def test_another_file_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", images=np.zeros((1, 64, 64), np.uint8))
    with pytest.raises(DataError, match="it lacks lengths, labels"):
        load_clips(tmp_path / "other.npz")
