"""The sound of a film, on the clock of its frames."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.error import FFmpegError
from av.stream import Discard

from core.video.film import Film
from core.video.limits import Budget, VideoLimits
from core.video.sniff import HEAD_BYTES, container_of, is_picture
from core.video.statement import read_statement

RATE = 48_000


class Sound:
    """The sound of a video file; nothing where there is none.

    Args:
        path: A file that ``open_video`` reads.
        limits: What is accepted.
    """

    def __init__(self, path: Path, limits: VideoLimits) -> None:
        self._film: Film | None = None
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        demuxer = None if is_picture(head) else container_of(head)
        if demuxer is None:
            return
        self._film = Film(path, demuxer, Budget(path.name, limits))
        self._zero_s = read_statement(self._film, demuxer).zero_s or 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._film is not None:
            self._film.close()

    def __iter__(self) -> Iterator[AudioFrame]:
        """Yield stereo at 48 kHz, each piece's ``pts`` counting samples from the film's second 0.

        Damaged pieces are left out.
        """
        if self._film is None:
            return
        resampler = AudioResampler(format="fltp", layout="stereo", rate=RATE)
        for frame in _heard(self._film):
            for piece in resampler.resample(frame):
                if piece.pts is not None:
                    piece.pts -= round(self._zero_s * RATE)
                    yield piece


def _heard(film: Film) -> Iterator[AudioFrame]:
    stream = film.container.streams.best("audio")
    if not isinstance(stream, AudioStream) or stream.codec_context is None:
        return
    for other in film.container.streams:
        if other.index != stream.index:
            other.discard = Discard.all
    with suppress(FFmpegError):  # the end of the file, or what ends it early
        for packet in film.container.demux(stream):
            with suppress(FFmpegError):
                yield from packet.decode()
