"""Hashes of large files are computed once, and again as soon as a file changes."""

import os

import pytest

from core.weights import remembered as memory
from core.weights.remembered import memory_file, remembered


@pytest.fixture
def large(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(memory, "LEAST_BYTES", 10)
    path = tmp_path / "weights.bin"
    path.write_bytes(b"0123456789")
    return path


def ask(path, kind="sha256", value="abc"):
    """The hash, and whether it was computed."""
    calls = []
    return remembered(path, kind, lambda: calls.append(1) or value), bool(calls)


def test_a_file_is_hashed_once(large):
    assert ask(large) == ("abc", True)
    assert ask(large) == ("abc", False)
    assert ask(large, kind="other", value="x") == ("x", True)
    assert ask(large) == ("abc", False)


@pytest.mark.parametrize("change", ["size", "time"])
def test_a_file_that_changed_is_hashed_again(large, change):
    ask(large)
    if change == "size":
        large.write_bytes(b"01234567890")
    else:
        os.utime(large, ns=(0, 1))
    assert ask(large, value="new") == ("new", True)
    assert ask(large) == ("new", False)


def test_small_files_leave_no_trace(large):
    large.write_bytes(b"1")
    assert [ask(large)[1], ask(large)[1]] == [True, True]
    assert not memory_file().exists()


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', "{"])
def test_a_damaged_memory_is_forgotten(large, text):
    memory_file().parent.mkdir(parents=True)
    memory_file().write_text(text)
    assert [ask(large)[1], ask(large)[1]] == [True, False]


def test_where_nothing_can_be_written_it_is_hashed_each_time(large):
    memory_file().parent.parent.mkdir()
    memory_file().parent.write_text("in the way")
    assert [ask(large)[1], ask(large)[1]] == [True, True]


def test_the_memory_stays_small(large, monkeypatch):
    monkeypatch.setattr(memory, "MOST", 2)
    for kind in "abc":
        ask(large, kind)
    assert [ask(large, kind)[1] for kind in "cba"] == [False, False, True]
