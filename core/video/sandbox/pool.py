"""Which processes decode, and who has to wait for one?"""

import atexit
import functools
import logging
import os
import threading
from pathlib import Path

from core.video.limits import VideoLimits, Watch
from core.video.reader import DEFAULT_LIMITS, open_video
from core.video.sandbox.bounds import Bounds
from core.video.sandbox.process import DecodingProcess
from core.video.sandbox.video import SandboxedVideo
from core.video.video import Video

logger = logging.getLogger(__name__)

# Each takes 80 MB, and starts in half a second.
MOST_IDLE = 2
MOST = 6
# What a library forgets to hand back does not add up.
MOST_FILES = 100
ATTEMPTS = 3
LOOK_EVERY_S = 0.05


class Pool:
    """Decoding processes; some are kept for the next file.

    Args:
        bounds: What one file may take.
        most: How many may be at work at once; further files wait.
    """

    def __init__(self, bounds: Bounds | None = None, most: int = MOST) -> None:
        self._bounds = bounds or Bounds()
        self._most = most
        self._owner = os.getpid()
        self._change = threading.Condition()
        self._idle: list[DecodingProcess] = []
        self._at_work: set[DecodingProcess] = set()
        self._cannot = False

    def warm_up(self) -> None:
        """Start a process for the first file."""
        with self._change:
            if self._works_here and not self._idle:
                self._start_one()

    def open(self, path: Path, limits: VideoLimits, watch: Watch | None) -> Video | None:
        """Open a video in a process of its own; None where none can be made.

        Raises:
            VideoError: As of ``open_video``.
        """
        process = self._take(watch)
        if process is None:
            return None
        process.files += 1
        give_back = functools.partial(self._give_back, process)
        return SandboxedVideo(process, give_back, path, limits, watch)

    def close(self) -> None:
        """End the processes that wait; those at work end with the program."""
        with self._change:
            idle, self._idle = self._idle, []
        if os.getpid() == self._owner:
            for process in idle:
                process.end()

    @property
    def _works_here(self) -> bool:
        # A fork shares the channels of the program that it was split off from.
        return not self._cannot and os.getpid() == self._owner

    def _take(self, watch: Watch | None) -> DecodingProcess | None:
        for _ in range(ATTEMPTS):  # one that was idle may have ended meanwhile
            process = self._reserve(watch)
            if process is None or process.is_ready():
                return process
            self._give_back(process, is_usable=False)
        self._do_without()
        return None

    def _reserve(self, watch: Watch | None) -> DecodingProcess | None:
        with self._change:
            while self._works_here and len(self._at_work) >= self._most:
                if watch is not None:
                    watch(0.0, None)
                self._change.wait(LOOK_EVERY_S)
            if not self._works_here or not (self._idle or self._start_one()):
                return None
            process = self._idle.pop()
            self._at_work.add(process)
            return process

    def _start_one(self) -> bool:
        try:
            self._idle.append(DecodingProcess(self._bounds))
        except (OSError, ValueError):
            self._do_without()
            return False
        return True

    def _do_without(self) -> None:
        logger.warning("no process can be made for decoding here; files are decoded without one")
        self._cannot = True

    def _give_back(self, process: DecodingProcess, is_usable: bool) -> None:
        with self._change:
            self._at_work.discard(process)
            is_fresh = process.files < MOST_FILES and process.is_small
            is_kept = is_usable and is_fresh and len(self._idle) < MOST_IDLE
            if is_kept:
                self._idle.append(process)
            self._change.notify()
        if not is_kept:
            process.end()
            self.warm_up()


POOL = Pool()
atexit.register(POOL.close)


def warm_up() -> None:
    """Start the process that the first file needs; nothing where there is one."""
    POOL.warm_up()


def open_sandboxed(
    path: str | Path, limits: VideoLimits = DEFAULT_LIMITS, *, watch: Watch | None = None
) -> Video:
    """Open a video as ``core.video.open_video`` does, to be decoded by another process.

    Where no process can be made (Windows, a system without any left) it is decoded here.

    Args:
        path: As of ``open_video``.
        limits: What is accepted.
        watch: As of ``open_video``, and asked while a decoder is busy, too: raising from it stops
            the work at once.

    Raises:
        VideoError: As of ``open_video``; ``DecoderError`` where the decoder broke down, took too
            much memory or far too long.
    """
    video = POOL.open(Path(path), limits, watch)
    return open_video(path, limits, watch=watch) if video is None else video
