"""Files that outlive a crash: written whole or not at all, one writer at a time, told when full."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import BusyError, DataError

try:
    import fcntl
except ImportError:  # Windows: nobody is kept out
    fcntl = None  # type: ignore[assignment]

FULL = {errno.ENOSPC, errno.EDQUOT}
CLOSED = {errno.EROFS, errno.EACCES, errno.EPERM}
# A file where a folder should be, or the other way round.
IN_THE_WAY = {errno.ENOTDIR, errno.EISDIR, errno.EEXIST}
# How torch, safetensors and numpy word a write that failed.
FULL_WORDS = ("No space left", "Disk quota exceeded", "enforce fail", "iostream error")


@contextmanager
def replacing(path: Path, *, keep: Path | None = None) -> Iterator[Path]:
    """Write a file or folder under another name first, so that the old one survives any failure.

    It is on the disk itself before it takes the old one's place: a power cut leaves one of both.

    Args:
        path: What is to be replaced.
        keep: Where the old file goes instead of being deleted.

    Yields:
        Where to write.

    Raises:
        DataError: The disk is full or closed to us; what was at ``path`` before is still there.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        remove(partial)
        yield partial
        flush(partial)
    # safetensors reports a full disk as an error of its own that is no OSError.
    except Exception as error:
        _remove_quietly(partial)
        if sentence := disk_trouble(error):
            raise DataError(f"{path} could not be written: {sentence}") from error
        raise
    if path.is_dir():
        old = path.with_name(path.name + ".old")
        remove(old)
        path.replace(old)
        partial.replace(path)
        remove(old)
    else:
        if keep is not None and path.exists():
            path.replace(keep)
        partial.replace(path)
    _flush_one(path.parent)


def flush(path: Path) -> None:
    """Wait until a file, or everything in a folder, is on the disk."""
    if path.is_dir():
        for inside in sorted(path.rglob("*"), reverse=True):
            _flush_one(inside)
    _flush_one(path)


def _flush_one(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        # Some file systems cannot flush folders.
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(handle)


def disk_trouble(error: BaseException) -> str | None:
    """What an error of any library says about the disk, as a sentence; None if nothing."""
    number = error.errno if isinstance(error, OSError) else None
    if number in FULL or any(words in str(error) for words in FULL_WORDS):
        return "the disk is full; free some space and run the command again (--resume continues)"
    where = getattr(error, "filename", None)
    if number in CLOSED:
        return f"{where or 'the place'} cannot be written ({error.strerror}); choose another place"  # type: ignore[attr-defined]
    if number in IN_THE_WAY:
        return f"{where} is in the way ({error.strerror}); choose another place"  # type: ignore[attr-defined]
    return None


def remove(path: Path) -> None:
    """Delete a file or a whole folder, if there is one."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _remove_quietly(path: Path) -> None:
    """Tidy up after a failure, whose own error matters more."""
    try:
        remove(path)
    except OSError:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def sole_user(
    folder: Path, *, advice: str = "wait for it, or choose another --out"
) -> Iterator[None]:
    """Keep every other process that asks out of a folder; a killed one holds nothing.

    Args:
        folder: Of a run or a store.
        advice: What the other one is told to do.

    Raises:
        BusyError: Another process is at work in it.
        DataError: The folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(disk_trouble(error) or f"{folder} cannot be made ({error})") from error
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(f"another process is at work in {folder}; {advice}") from error
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(handle)
