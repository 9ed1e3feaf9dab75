"""Which frames does an input hold, at which times, and is it a video at all?"""

from collections.abc import Callable, Iterator
from pathlib import Path

from av.audio.frame import AudioFrame

from core.errors import DamagedFrameError, VideoError
from core.video.animation import AnimationSource
from core.video.container import ContainerSource
from core.video.file_reader import unreadable, unreadable_file
from core.video.fit import fit
from core.video.frame import FrameSource, RgbImage, SourceFrame, VideoFrame
from core.video.jpeg import is_motion_file
from core.video.limits import Budget, VideoLimits, Watch
from core.video.pictures import FolderSource
from core.video.shortage import lacked_memory
from core.video.sniff import HEAD_BYTES, container_of, is_heif, is_picture, is_text
from core.video.sound import Sound
from core.video.video import Video

DEFAULT_LIMITS = VideoLimits()


def open_video(
    path: str | Path, limits: VideoLimits = DEFAULT_LIMITS, *, watch: Watch | None = None
) -> Video:
    """Open a video file, gif, animated webp, png or avif, a still, or a folder of frame images.

    Args:
        path: A file, recognised by what it holds rather than by its name, or a folder.
        limits: What is accepted.
        watch: Called with the time reached and the stated end [s], for every frame that is
            decoded and every piece that is read, handed out or not; raising from it cancels.

    Returns:
        The video, its first frame decoded, to be used in a ``with`` statement.

    Raises:
        VideoError: It is missing, empty, no video, damaged before its first frame, too long or
            too large.
    """
    path = Path(path)
    budget = Budget(path.name, limits, watch)
    try:
        source = _open_source(path, budget)
    except OSError as error:
        raise unreadable_file(path.name, error) from error
    try:
        return FileVideo(path, source, budget)
    except BaseException:
        source.close()
        raise


class FileVideo(Video):
    """A video that is decoded here.

    Args:
        path: The input.
        source: The same, opened.
        budget: What is accepted, and what messages call the input.

    Raises:
        VideoError: The first frame cannot be decoded, or a limit is passed.
        MemoryError: The first frame needs more than the process may take.
    """

    def __init__(self, path: Path, source: FrameSource, budget: Budget) -> None:
        self._path = path
        self._source = source
        self._budget = budget
        self.stated_frames = source.stated_frames
        self.stated_s = source.stated_s
        self.frames_read = 0
        self.duration_s = source.start_s
        self.missing_s = 0.0
        self.breaks_off_at_s: float | None = None
        self._unpainted = 0
        self._known_damage = 0
        budget.check_size(*source.stated_size)
        budget.check_length((self.stated_s or 0.0) - source.start_s)
        budget.check_frames(self.stated_frames or 0)
        self._pending = source.frames()
        self._first: tuple[SourceFrame, RgbImage] | None = self._find_first()
        height, width = self._first[1].shape[:2]
        self.frame_size = (width, height)
        self.scale = min(1.0, budget.limits.longest_px / max(width, height))
        self._size = (max(1, round(width * self.scale)), max(1, round(height * self.scale)))

    def close(self) -> None:
        """See ``Video``."""
        self._source.close()

    @property
    def damaged_frames(self) -> int:  # type: ignore[override]  # counted, not stored
        """See ``Video``."""
        return self._source.damaged + self._unpainted

    def pick(self, wanted: Callable[[float], bool]) -> Iterator[VideoFrame]:
        """See ``Video``."""
        first, self._first = self._first, None
        if first is None:
            raise ValueError(f"{self._budget.name} is read in one pass; open it again")
        return self._decode(*first, wanted)

    def sound(self) -> Iterator[AudioFrame]:
        """See ``Video``."""
        with Sound(self._path, self._budget.limits) as sound:
            yield from sound

    def _decode(
        self, frame: SourceFrame, image: RgbImage | None, wanted: Callable[[float], bool]
    ) -> Iterator[VideoFrame]:
        if (handed := self._hand_out(frame, image, wanted)) is not None:
            yield handed
        del frame, image, handed
        for following in self._pending:
            if (handed := self._hand_out(following, None, wanted)) is not None:
                yield handed
            del handed
        self._note_end()

    def _find_first(self) -> tuple[SourceFrame, RgbImage]:
        for frame in self._pending:
            try:
                return frame, frame.paint()
            except DamagedFrameError:
                self._unpainted += 1
        if lacked_memory(self._source.stated_size):
            raise MemoryError
        raise VideoError(
            f"{self._budget.name} holds no frame that can be decoded; choose another file"
        )

    def _hand_out(
        self, frame: SourceFrame, image: RgbImage | None, wanted: Callable[[float], bool]
    ) -> VideoFrame | None:
        self._budget.check_length(frame.time_s - self._source.start_s)
        self._note(frame)
        self.frames_read += 1
        if not wanted(frame.time_s):
            return None
        try:
            image = frame.paint() if image is None else image
        except DamagedFrameError:
            self._unpainted += 1
            self._known_damage += 1
            self.frames_read -= 1
            self.missing_s += frame.length_s
            return None
        fitted = fit(image, self.frame_size, self._size)
        return VideoFrame(self.frames_read - 1, frame.time_s, fitted)

    def _note(self, frame: SourceFrame) -> None:
        """Time that damaged frames should have shown is missing."""
        if self.damaged_frames > self._known_damage:
            self._known_damage = self.damaged_frames
            self.missing_s += max(frame.time_s - self.duration_s, 0.0)
        self.duration_s = frame.time_s + frame.length_s

    def _note_end(self) -> None:
        cut_s = self._source.cut_s
        if self.damaged_frames > self._known_damage and self.stated_s is not None:
            cut_s = max(self.stated_s - self.duration_s, cut_s)
        if cut_s > 0:
            self.missing_s += cut_s
            self.breaks_off_at_s = self.duration_s


def _open_source(path: Path, budget: Budget) -> FrameSource:
    if path.is_dir():
        return FolderSource(path, budget)
    if not path.exists():
        raise VideoError(f"{path.name} does not exist; check the path")
    if not path.is_file():
        raise VideoError(f"{path.name} is neither a file nor a folder; choose a video file")
    return _open_file(path, budget)


def _open_file(path: Path, budget: Budget) -> FrameSource:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise VideoError(f"{path.name} is empty (0 bytes); choose another file")
    if is_picture(head):
        if is_motion_file(path):
            return ContainerSource(path, "mjpeg", budget)
        return AnimationSource(path, budget)
    if is_heif(head):
        raise VideoError(f"{path.name} is a HEIC photo, which is not read; save it as JPEG or PNG")
    if demuxer := container_of(head):
        return ContainerSource(path, demuxer, budget)
    if is_text(head):
        raise VideoError(f"{path.name} is a text file, not a video; choose another file")
    raise unreadable(path.name)
