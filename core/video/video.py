"""What can be asked of an opened video, wherever it is decoded?"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from av.audio.frame import AudioFrame

from core.video.frame import VideoFrame


class Video(ABC):
    """An opened video; iterating decodes it in one sequential pass, one frame at a time.

    Attributes:
        frame_size: Width and height of the upright frame, its pixels made square [px].
        scale: Size of the frames handed out as a multiple of ``frame_size``, at most 1.
        stated_frames: Number of frames by the container's account, None where it gives none.
        stated_s: End by the container's account [s], None where it gives none.
        frames_read: Frames decoded so far.
        duration_s: End of the last frame decoded so far [s].
        damaged_frames: Frames left out so far because they could not be decoded whole.
        missing_s: Time so far that no frame shows because those that should are damaged, or
            because the file ends before its stated end [s].
        breaks_off_at_s: Where a file ends that should go on [s]; None if it does not, and until
            all is read.
    """

    frame_size: tuple[int, int]
    scale: float
    stated_frames: int | None
    stated_s: float | None
    frames_read: int
    duration_s: float
    damaged_frames: int
    missing_s: float
    breaks_off_at_s: float | None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[VideoFrame]:
        """Decode the frames, once; raises as ``pick`` does."""
        return self.pick(lambda _: True)

    @abstractmethod
    def pick(self, wanted: Callable[[float], bool]) -> Iterator[VideoFrame]:
        """Decode the frames, once, and hand out some.

        Args:
            wanted: Asked with the time of each frame [s]. The others are decoded, as later ones
                lean on them, but not turned into pictures, which is half of the work.

        Raises:
            VideoError: A limit is passed, or an image of a folder cannot be read.
            ValueError: The video was iterated before.
        """

    @abstractmethod
    def sound(self) -> Iterator[AudioFrame]:
        """Decode the sound, beside the frames: see ``core.video.sound.Sound``.

        Raises:
            VideoError: The file can no longer be read.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of the file."""
