"""How are mp4, mov, mkv, webm, avi and the other video files decoded?"""

import logging
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from av.video.frame import VideoFrame as Decoded

from core.errors import VideoError
from core.video.decoding import Pass, Stamp
from core.video.film import Film
from core.video.frame import SourceFrame
from core.video.limits import Budget
from core.video.statement import measure, read_statement
from core.video.timing import Clock
from core.video.upright import Painter

logger = logging.getLogger(__name__)

# An end earlier than stated by more than this share, and this long [s], is reported.
MISSING_SHARE = 0.02
MISSING_S = 0.25


class ContainerSource:
    """A video file, decoded by FFmpeg.

    Args:
        path: An existing file.
        demuxer: FFmpeg's name of the container; no other is tried.
        budget: Asked for everything that is decoded.

    Raises:
        VideoError: Nothing in the file can be decoded as video, or it is over a limit.
        OSError: It cannot be opened.
    """

    def __init__(self, path: Path, demuxer: str, budget: Budget) -> None:
        self._path = path
        self._demuxer = demuxer
        self._budget = budget
        self._reached_s = 0.0
        self.damaged = 0
        self.cut_s = 0.0
        self._film = Film(path, demuxer, budget)
        try:
            self._read_statement()
        except BaseException:
            self.close()
            raise

    def frames(self) -> Iterator[SourceFrame]:
        """See ``FrameSource``; goes on behind damage."""
        step_s, zero_s = self._stated.step_s, self._stated.zero_s
        clock = Clock(step_s)
        begin_s: float | None = None
        end_s = self.start_s
        for stamp, frame in self._whole():
            if zero_s is None:
                zero_s = stamp or 0.0
            stamp_s = (stamp or 0.0) - zero_s
            if begin_s is None:
                begin_s = max(stamp_s, 0.0)
            time_s = begin_s + clock.time_of(stamp_s)
            end_s = time_s + step_s
            yield SourceFrame(time_s, step_s, partial(self._painter.paint, frame))
        if begin_s is None:
            self._refuse()
        else:
            self.cut_s = self._cut(end_s)

    def close(self) -> None:
        """See ``FrameSource``."""
        self._film.close()

    def _whole(self) -> Iterator[tuple[Stamp, Decoded]]:
        """Yield frames that are whole, by the fast way as long as nothing is damaged."""
        seen: Stamp = None
        for is_careful in (False, True):
            stream = Pass(
                self._film, self._budget, self._stated.step_s, is_careful=is_careful, after=seen
            )
            for stamp, frame in stream.frames():
                seen = stamp
                self.damaged = stream.losses.count
                yield stamp, frame
            self._film.check()
            self.damaged, self._reached_s = stream.losses.count, stream.reached_s
            if not stream.is_left:
                return
            self._reopen()

    def _reopen(self) -> None:
        self.close()
        self._film = Film(self._path, self._demuxer, self._budget)

    def _read_statement(self) -> None:
        """Note what the container says about its film, and refuse what is over the limits."""
        if not all(self._film.size):
            self._check_forgotten_size()
        self._budget.check_size(*self._film.size)
        self._painter = Painter(float(self._film.stream.sample_aspect_ratio or 1))
        self.stated_size = self._painter.size_of(self._film.size)
        self._stated = read_statement(self._film, self._demuxer)
        self.start_s = self._stated.start_s
        self.stated_frames = self._stated.frames
        self.stated_s = self._budget.stated_s = self._stated.end_s
        if self.stated_s is None:
            measure(self._film, self._budget)
            self._reopen()

    def _check_forgotten_size(self) -> None:
        """FFmpeg forgets the size of what is over the limit and may not be decoded."""
        film = Film(self._path, self._demuxer, self._budget, decodes=False)
        try:
            self._budget.check_size(*film.size)
        finally:
            film.close()

    def _refuse(self) -> None:
        """Say why there is no frame, where that is known."""
        name, limit = self._budget.name, self._budget.limits.frame_px / 1e6
        if not all(self._film.size):
            raise VideoError(
                f"{name} cannot be decoded: its frames have more than the limit of {limit:g} "
                "million pixels, or are damaged; reduce it or choose another file"
            )
        if not self.damaged:
            raise VideoError(f"{name} is a video without a single frame; choose another file")

    def _cut(self, end_s: float) -> float:
        """How much is missing at the end, where the container says when that is [s]."""
        if self.stated_s is None:
            return 0.0
        # Sound may well go on after the last picture.
        reached_s = end_s if self._stated.is_own else max(end_s, self._reached_s)
        length_s = self.stated_s - self.start_s
        if self.stated_s - reached_s <= max(MISSING_S, MISSING_SHARE * length_s):
            return 0.0
        logger.warning(
            "a video breaks off at %.1f s of the stated %.1f s; the frames before are used",
            end_s,
            self.stated_s,
        )
        return self.stated_s - end_s
