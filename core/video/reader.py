"""Which frames does an input hold, at which times, and is it a video at all?"""

import codecs
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np

from core.errors import VideoError
from core.video.container import ContainerSource
from core.video.frame import FrameSource, RgbImage, SourceFrame, VideoFrame, VideoLimits
from core.video.pictures import AnimationSource, FolderSource

PICTURE_SIGNATURES = (b"GIF8", b"\x89PNG", b"\xff\xd8\xff", b"BM")
DEFAULT_LIMITS = VideoLimits()


def open_video(path: str | Path, limits: VideoLimits = DEFAULT_LIMITS) -> "Video":
    """Open a video file, gif, animated webp or png, a still, or a folder of frame images.

    Args:
        path: A file, recognised by what it holds rather than by its name, or a folder.
        limits: What is accepted.

    Returns:
        The video, its first frame decoded, to be used in a ``with`` statement.

    Raises:
        VideoError: It is missing, empty, no video, damaged before its first frame, too long or
            too large.
    """
    path = Path(path)
    try:
        source = _open_source(path)
    except OSError as error:
        raise VideoError(
            f"{path.name} cannot be read ({error.strerror}); check its permissions"
        ) from error
    try:
        return Video(path.name, source, limits)
    except BaseException:
        source.close()
        raise


class Video:
    """An opened video; iterating decodes it in one sequential pass, one frame at a time.

    Args:
        name: What messages call it.
        source: The opened input.
        limits: What is accepted.

    Attributes:
        frame_size: Width and height of the upright frame, its pixels made square [px].
        scale: Size of the frames handed out as a multiple of ``frame_size``, at most 1.
        stated_frames: Number of frames by the container's account, None where it gives none.
        stated_s: Length by the container's account [s], None where it gives none.
        frames_read: Frames handed out so far.
        duration_s: End of the last frame handed out so far [s].

    Raises:
        VideoError: The first frame cannot be decoded, or a limit is passed.
    """

    def __init__(self, name: str, source: FrameSource, limits: VideoLimits) -> None:
        self._name = name
        self._source = source
        self._limits = limits
        self.stated_frames = source.stated_frames
        self.stated_s = source.stated_s
        self.frames_read = 0
        self.duration_s = 0.0
        self._check_size(*source.stated_size)
        self._check_length(self.stated_s or 0.0)
        self._pending = source.frames()
        self._first: SourceFrame | None = next(self._pending, None)
        if self._first is None:
            raise VideoError(f"{name} holds no frame that can be decoded; choose another file")
        height, width = self._first.image.shape[:2]
        self.frame_size = (width, height)
        self.scale = min(1.0, limits.longest_px / max(width, height))
        self._size = (max(1, round(width * self.scale)), max(1, round(height * self.scale)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._source.close()

    def __iter__(self) -> Iterator[VideoFrame]:
        """Decode the frames, once.

        Raises:
            VideoError: The length limit is passed, or an image of a folder cannot be read.
            ValueError: The video was iterated before.
        """
        first, self._first = self._first, None
        if first is None:
            raise ValueError(f"{self._name} is read in one pass; open it again")
        return self._decode(first)

    def _decode(self, first: SourceFrame) -> Iterator[VideoFrame]:
        yield self._hand_out(first)
        del first
        for frame in self._pending:
            yield self._hand_out(frame)

    def _hand_out(self, frame: SourceFrame) -> VideoFrame:
        self._check_length(frame.time_s)
        height, width = frame.image.shape[:2]
        self._check_size(width, height)
        self.duration_s = frame.time_s + frame.length_s
        self.frames_read += 1
        image = _fit(frame.image, self.frame_size, self._size)
        return VideoFrame(self.frames_read - 1, frame.time_s, image)

    def _check_size(self, width: int, height: int) -> None:
        limit = self._limits.longest_side_px
        if max(width, height) > limit:
            raise VideoError(
                f"{self._name} is {width}×{height} pixels, more than the limit of {limit} on a "
                f"side; reduce it"
            )

    def _check_length(self, time_s: float) -> None:
        limit = self._limits.duration_s
        if time_s > limit:
            raise VideoError(
                f"{self._name} is longer than the limit of {limit:g} s; cut a shorter piece"
            )


def _open_source(path: Path) -> FrameSource:
    if path.is_dir():
        return FolderSource(path)
    if not path.exists():
        raise VideoError(f"{path.name} does not exist; check the path")
    if not path.is_file():
        raise VideoError(f"{path.name} is neither a file nor a folder; choose a video file")
    with path.open("rb") as file:
        head = file.read(512)
    if not head:
        raise VideoError(f"{path.name} is empty (0 bytes); choose another file")
    if head.startswith(PICTURE_SIGNATURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return AnimationSource(path)
    # Beside the clearer sentence: FFmpeg would follow a playlist to other files.
    if _is_text(head):
        raise VideoError(f"{path.name} is a text file, not a video; choose another file")
    return ContainerSource(path)


def _is_text(head: bytes) -> bool:
    # The incremental decoder forgives a last character that the cut has split.
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(head)
    except UnicodeDecodeError:
        return False
    return b"\0" not in head


def _fit(image: RgbImage, native: tuple[int, int], size: tuple[int, int]) -> RgbImage:
    """Bring a frame to the common size; one of another shape is centred on black."""
    height, width = image.shape[:2]
    if (width, height) == native:
        return image if size == native else _resize(image, size)
    factor = min(size[0] / width, size[1] / height)
    inner = (max(1, round(width * factor)), max(1, round(height * factor)))
    left, top = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    canvas = np.zeros((size[1], size[0], 3), np.uint8)
    canvas[top : top + inner[1], left : left + inner[0]] = _resize(image, inner)
    return canvas


def _resize(image: RgbImage, size: tuple[int, int]) -> RgbImage:
    shrinks = size[0] < image.shape[1]
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=interpolation), np.uint8)
