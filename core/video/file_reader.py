"""How does FFmpeg come by the bytes of one file, and of nothing else?"""

from pathlib import Path
from typing import NoReturn

import av
from av.container import InputContainer
from av.error import FFmpegError

from core.errors import VideoError
from core.video.limits import Budget

BUFFER_BYTES = 1 << 17


class FileReader:
    """An open file, without its name: a name could be taken for an address or a list of files.

    Args:
        path: An existing file.
        budget: Told of every read, so that a search through megabytes can be cancelled.

    Raises:
        OSError: The file cannot be opened.
    """

    def __init__(self, path: Path, budget: Budget) -> None:
        self._file = path.open("rb")
        self._budget = budget
        self._error: BaseException | None = None

    def open_container(self, demuxer: str, *, decodes: bool = True) -> InputContainer:
        """Let FFmpeg open the file as one container and no other.

        Args:
            demuxer: FFmpeg's name of the container.
            decodes: Whether the first frames are decoded to learn what the container leaves open.

        Raises:
            VideoError: It is none, or holds nothing that can be read.
        """
        try:
            container = av.open(
                self,
                mode="r",
                format=demuxer,
                # For the first look at each stream, before its size is known here.
                options={"max_pixels": str(self._budget.limits.frame_px)} if decodes else {},
                container_options={"protocol_whitelist": "none"}
                | ({} if decodes else {"codec_whitelist": "none"}),
                metadata_errors="replace",
                buffer_size=BUFFER_BYTES,
                io_open=_refuse,
            )
        except (FFmpegError, ValueError) as error:
            self.check()
            raise unreadable(self._budget.name) from error
        self.check()
        return container

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes, none at the end or after an error; see ``check``."""
        # An exception inside FFmpeg's call would be printed and forgotten.
        if self._error is not None:
            return b""
        try:
            self._budget.tick()
            return self._file.read(size)
        except BaseException as error:  # noqa: BLE001  # raised again by ``check``
            self._error = error
            return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move, as files do; -1 where there is no such place, as damaged files often ask for."""
        try:
            return self._file.seek(offset, whence)
        except (OSError, ValueError, OverflowError):
            return -1

    def tell(self) -> int:
        """Position, as of files."""
        return self._file.tell()

    def check(self) -> None:
        """Raise what went wrong while FFmpeg was reading.

        Raises:
            VideoError: The disk failed.
            BaseException: Whatever the budget's watch raised to cancel.
        """
        if isinstance(self._error, OSError):
            raise unreadable_file(self._budget.name, self._error) from self._error
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def unreadable_file(name: str, error: OSError) -> VideoError:
    """What is said of a file whose bytes cannot be had."""
    return VideoError(f"{name} cannot be read ({error.strerror or error}); check its permissions")


def unreadable(name: str) -> VideoError:
    """What is said of a file that is no video."""
    return VideoError(
        f"{name} cannot be read as a video: it is cut off, damaged, of an unknown format or holds "
        "sound only; choose another file"
    )


def _refuse(*_: object) -> NoReturn:
    raise PermissionError("a video may not read another file")
