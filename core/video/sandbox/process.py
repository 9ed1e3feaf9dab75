"""A decoding process, seen from the program that uses it."""

import contextlib
import json
import mmap
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from core.errors import DecoderError
from core.video.sandbox.bounds import Bounds
from core.video.sandbox.channel import Channel, ChannelError
from core.video.shortage import peak_bytes

ROOT = Path(__file__).resolve().parents[3]
START = "import sys; sys.path.insert(0, {root}); from core.video.sandbox.child import main; main()"
READY_S = 60.0
# A process that ends itself closes its channel a moment before it is gone.
GONE_S = 2.0
# One that holds more after a file is not kept for the next; it begins with 80 MB.
SMALL_BYTES = 150_000_000
# It has no use for the keys and names that a server's environment holds.
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH")
# One thread beside FFmpeg's own, and no memory set aside for threads that do not come.
SINGLE = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
# Room for a piece of sound, however small the frames.
LEAST_BYTES = 1 << 20


class DecodingProcess:
    """A process that reads one file at a time; started at once, ready somewhat later.

    Args:
        bounds: What it may take.

    Attributes:
        channel: To it.
        pid: Its number.
        files: How many it was given.

    Raises:
        OSError: No process can be made here.
        ValueError: The same, on systems that cannot hand down sockets.
    """

    def __init__(self, bounds: Bounds) -> None:
        with contextlib.ExitStack() as undo, contextlib.ExitStack() as handed_down:
            ours, theirs = socket.socketpair()
            undo.callback(ours.close)
            handed_down.callback(theirs.close)
            read_end, life_line = os.pipe()
            undo.callback(os.close, life_line)
            handed_down.callback(os.close, read_end)
            self._memory = _anonymous_file()
            undo.callback(os.close, self._memory)
            given = (theirs.fileno(), self._memory, read_end)
            program = START.format(root=json.dumps(str(ROOT)))
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", program, *map(str, (*given, *bounds))],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={name: os.environ[name] for name in KEPT if name in os.environ} | SINGLE,
                pass_fds=given,
                start_new_session=True,  # Ctrl+C is for the program, which then ends this one
            )
            self._undo = undo.pop_all()
        self.channel = Channel(ours)
        self.pid = self._process.pid
        self.files = 0
        self._bounds = bounds
        self._has_begun = False
        self._first_bytes = 0

    def is_ready(self) -> bool:
        """Whether it lives and can be given a file; waits for a process that just began."""
        if self._process.poll() is not None:
            return False
        if not self._has_begun:
            try:
                answer = self.channel.hear(READY_S)
            except ChannelError:
                return False
            self._has_begun = answer is not None and answer["say"] == "ready"
            self._first_bytes = peak_bytes(self.pid)
        return self._has_begun

    @property
    def is_small(self) -> bool:
        """Whether it holds little, and never held much: what decoders free, the C library keeps.

        Besides, of one that came close to its limit nobody could tell which file it was. True
        where nothing is known.
        """
        try:
            pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        except OSError:
            return True
        had_bytes = peak_bytes(self.pid) - self._first_bytes
        return pages * mmap.PAGESIZE < SMALL_BYTES and had_bytes < self._bounds.memory_bytes / 2

    def share(self, needed_bytes: int) -> mmap.mmap:
        """Return the memory in which frames of this size will lie."""
        size = max(needed_bytes, LEAST_BYTES)
        os.ftruncate(self._memory, size)
        return mmap.mmap(self._memory, size)

    def ended_by(self) -> int:
        """Signal by which the process has ended; 0 if by none, or if it goes on."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GONE_S)
        return -min(self._process.returncode or 0, 0)

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        self._undo.close()


def breakdown(name: str, number: int) -> DecoderError:
    """What is said of a file whose decoder did not survive it.

    Args:
        name: What messages call the file.
        number: The signal that ended the process, 0 for none.
    """
    if number == signal.SIGPROF:
        what = "keeps a decoder busy with a single frame for far too long"
    else:
        what = "makes a decoder break down"
    return DecoderError(
        f"{name} {what}; it is damaged or made to do harm: choose another file or convert it"
    )


def _anonymous_file() -> int:
    """Descriptor of a file that nobody can name."""
    if sys.platform == "linux":
        return os.memfd_create("frames")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
