"""JSON lines go out whole: to standard output, to a file, in any locale."""

import errno
import json
import os
import re
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from core.errors import OutputError


def to_line(record: Mapping[str, Any]) -> str:
    """Return a record as one line of ASCII JSON.

    Raises:
        ValueError: It holds a number that JSON has no word for (NaN, infinity).
    """
    return json.dumps(record, allow_nan=False) + "\n"


def portable_text(text: str) -> str:
    """Return a text with names in it as every locale would have read them.

    Bytes of a name that the locale does not know are read as UTF-8; what is not UTF-8 either
    stays in Python's escapes, which ``os.fsencode`` turns back into the bytes of the name.
    """
    return re.sub("[\udc80-\udcff]+", lambda part: _as_utf8(part.group()), text)


def portable_name(name: str) -> str:
    """Return a file name, as the system gave it, as every locale would have read it."""
    return os.fsencode(name).decode("utf-8", "surrogateescape")


def _as_utf8(escapes: str) -> str:
    return escapes.encode("ascii", "surrogateescape").decode("utf-8", "surrogateescape")


class LineFile:
    """A file that holds complete lines only, whatever happens.

    Args:
        path: Emptied if it exists.

    Raises:
        OSError: It cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)
        self._length = 0

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def write(self, line: str) -> None:
        """Write one line.

        Raises:
            OSError: It did not fit; the file then ends with the line before.
        """
        rest = memoryview(line.encode("ascii"))
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError:
            with suppress(OSError):  # a device or a pipe has no length
                self._file.truncate(self._length)
            raise
        self._length += len(line)


def write_standard_output(line: str) -> None:
    """Write one line to standard output at once.

    Raises:
        OSError: Nobody reads it, or what it was redirected to is full.
    """
    if sys.stdout is None:  # closed before the start
        raise BrokenPipeError(errno.EPIPE, "standard output is closed")
    try:
        sys.stdout.write(line)
        sys.stdout.flush()
    except OSError:
        # What is left in the buffer would fail again, with a traceback, when Python ends.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        raise


def refuse_input_as_output(out: Path, videos: Sequence[str]) -> None:
    """Refuse to write results over an input or over one of its frames.

    Raises:
        OutputError: The file is an input, by whatever name, or lies in a folder of frames.
    """
    if not out.exists():
        return
    for video in videos:
        path = Path(video)
        inside = path.is_dir() and path.resolve() in out.resolve().parents
        if inside or (path.exists() and out.samefile(path)):
            raise OutputError(f"--out {out} would overwrite the input {video}; name another file")


@contextmanager
def finish_first() -> Iterator[None]:
    """Let Ctrl-C wait for the end of a block; a second one does not wait."""
    waiting: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        if waiting:
            raise KeyboardInterrupt
        waiting.append(number)

    try:
        before = signal.signal(signal.SIGINT, note)
    except ValueError:  # not in the main thread, where no Ctrl-C arrives
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if waiting:
        raise KeyboardInterrupt
