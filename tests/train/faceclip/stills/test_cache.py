import numpy as np
import pytest

from core.errors import DataError
from tests.train.motion_doubles import toy_collection
from train.faceclip.stills.cache import cached_stills


@pytest.fixture
def collection(tmp_path):
    source = tmp_path / "faces.tar"
    source.write_bytes(b"abc")
    stills, _ = toy_collection(1)
    calls = []

    def read(path):
        calls.append(path)
        return stills

    return source, stills, read, calls


def test_a_collection_is_read_once(collection, tmp_path):
    source, stills, read, calls = collection
    cached_stills(source, tmp_path / "cache" / "faces.npz", read)
    again = cached_stills(source, tmp_path / "cache" / "faces.npz", read)
    assert calls == [source]
    np.testing.assert_array_equal(again.images, stills.images)
    assert list(again.people) == list(stills.people)


def test_a_changed_collection_is_read_again(collection, tmp_path):
    source, _, read, calls = collection
    cached_stills(source, tmp_path / "faces.npz", read)
    source.write_bytes(b"abcd")
    cached_stills(source, tmp_path / "faces.npz", read)
    assert len(calls) == 2


def test_a_missing_collection_is_named(collection, tmp_path):
    _, _, read, _ = collection
    with pytest.raises(DataError, match=r"faces\.tar is missing"):
        cached_stills(tmp_path / "no" / "faces.tar", tmp_path / "cache.npz", read)
