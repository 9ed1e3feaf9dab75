"""What is written is whole, and what the disk says is told."""

import errno
import os
import subprocess
import sys

import numpy as np
import pytest

from core.errors import DataError, TrainingError
from train.runtime import disk
from train.runtime.arrays import read_arrays, write_arrays
from train.runtime.disk import disk_trouble, replacing, sole_user
from train.runtime.states import before, newest_first

HOLD = """
import sys
from pathlib import Path
from train.runtime.disk import sole_user
with sole_user(Path(sys.argv[1])):
    print("in", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "disk is full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "disk is full"),
        (RuntimeError("basic_ios::clear: iostream error"), "disk is full"),
        (RuntimeError("[enforce fail at inline_container.cc:664]"), "disk is full"),
        (Exception("Error while serializing: I/O error: No space left on device"), "disk is full"),
        (OSError(errno.EROFS, "Read-only file system", "/ro/x"), "/ro/x cannot be written"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), "/x cannot be written"),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory", "/f/x"), "/f/x is in the way"),
        (ValueError("something else"), None),
        (FileNotFoundError(errno.ENOENT, "No such file", "/x"), None),
    ],
)
def test_what_an_error_says_about_the_disk(error, words):
    sentence = disk_trouble(error)
    assert words is None if sentence is None else words in sentence


def test_a_failed_write_keeps_the_old_file_and_leaves_nothing(tmp_path):
    path = tmp_path / "state.pt"
    path.write_text("old")
    with pytest.raises(DataError, match="disk is full"), replacing(path) as partial:
        _write_half(partial)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("state.pt", "old")]


def test_a_disk_that_is_full_only_when_it_is_flushed_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    path.write_text("old")

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataError, match="disk is full"), replacing(path) as partial:
        partial.write_text("new")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a.json", "old")]


def test_files_and_the_folder_are_on_the_disk_before_and_after_the_change(tmp_path, monkeypatch):
    seen, flush_one = [], disk._flush_one

    def watched(path):
        seen.append((path.name, (tmp_path / "run" / "a").exists()))
        flush_one(path)

    monkeypatch.setattr(disk, "_flush_one", watched)
    with replacing(tmp_path / "run") as partial:
        partial.mkdir()
        (partial / "a").write_text("x")
    assert seen == [("a", False), ("run.partial", False), (tmp_path.name, True)]


def test_the_replaced_file_can_be_kept(tmp_path):
    path = tmp_path / "state.pt"
    for text in ("one", "two", "three"):
        with replacing(path, keep=before(path)) as partial:
            partial.write_text(text)
    assert (path.read_text(), before(path).read_text()) == ("three", "two")


def test_a_place_that_is_a_file_is_told(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(DataError, match="in the way"), replacing(tmp_path / "out" / "x.json"):
        pytest.fail("there is no place to write to")
    with pytest.raises(DataError, match="in the way"), sole_user(tmp_path / "out"):
        pytest.fail("there is no folder")


def test_a_folder_has_one_user_until_that_one_has_gone(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "in\n"
        with pytest.raises(TrainingError, match="another process is at work"), sole_user(tmp_path):
            pytest.fail("two users")
    finally:
        holder.kill()
        holder.communicate()
    with sole_user(tmp_path):
        assert list(tmp_path.iterdir()) == []


def test_the_state_before_a_damaged_one_is_used_with_a_word(tmp_path, caplog):
    path = tmp_path / "state.pt"
    path.write_text("damaged")
    with pytest.raises(TrainingError, match=r"state\.pt is damaged .*start the run anew"):
        newest_first(path, _read)
    before(path).write_text("7")
    assert newest_first(path, _read) == 7
    assert "continuing from state-before.pt" in caplog.text
    path.unlink()  # a power cut between the two renames
    assert newest_first(path, _read) == 7


def _write_half(path):
    path.write_text("half")
    raise RuntimeError("basic_ios::clear: iostream error")


def _read(path):
    return int(path.read_text())


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_arrays_that_were_cut_off_are_told(tmp_path, share):
    path = tmp_path / "a.npz"
    write_arrays(path, x=np.arange(100), y=np.arange(7))
    assert read_arrays(path)["y"].tolist() == list(range(7))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(DataError, match=r"a\.npz is damaged"):
        read_arrays(path)
