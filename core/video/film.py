"""A container that is open at its start, and the film in it."""

from pathlib import Path

from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from core.video.file_reader import FileReader, unreadable
from core.video.limits import Budget


class Film:
    """An open video file.

    Args:
        path: An existing file.
        demuxer: FFmpeg's name of its container.
        budget: Told of every read.
        decodes: Whether the first frames are decoded to learn what the container leaves open.

    Attributes:
        container: FFmpeg's hold on the file.
        stream: The video stream that FFmpeg would choose.

    Raises:
        VideoError: The file is no such container, or holds no film.
        OSError: It cannot be opened.
    """

    def __init__(self, path: Path, demuxer: str, budget: Budget, *, decodes: bool = True) -> None:
        self._reader = FileReader(path, budget)
        try:
            self.container = self._reader.open_container(demuxer, decodes=decodes)
            self.stream = _best_of(self.container, budget.name)
        except BaseException:
            self._reader.close()
            raise

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a frame as it is stored [px], 0 where the container does not say."""
        return self.stream.codec_context.width, self.stream.codec_context.height

    def check(self) -> None:
        """Raise what went wrong while FFmpeg was reading."""
        self._reader.check()

    def close(self) -> None:
        """Let go of the file."""
        self.container.close()
        self._reader.close()


def _best_of(container: InputContainer, name: str) -> VideoStream:
    """FFmpeg's choice; the cover of a song is no film."""
    films = [
        stream
        for stream in container.streams.video
        if stream.codec_context is not None and not stream.disposition & Disposition.attached_pic
    ]
    if not films:
        raise unreadable(name)
    best = container.streams.best("video")
    return next((film for film in films if best is not None and film.index == best.index), films[0])
