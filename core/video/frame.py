"""What is one frame of a video?"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

RgbImage = NDArray[np.uint8]

# Frame rate of what states none: folders of images and streams without usable timestamps.
NOMINAL_FPS = 25.0


@dataclass(frozen=True, eq=False)
class VideoFrame:
    """One decoded frame.

    Attributes:
        index: Position among the decoded frames, from 0.
        time_s: When a player shows it [s]; strictly increasing. The first frame is at 0 unless
            the video starts later than its sound or its container.
        image: ``(h, w, 3)`` uint8 RGB, upright; every frame of a video has the same size.
    """

    index: int
    time_s: float
    image: RgbImage


@dataclass(frozen=True, eq=False)
class SourceFrame:
    """A frame as its file holds it, before it is brought to the common size.

    Attributes:
        time_s: When a player shows it [s]; strictly increasing.
        length_s: For how long it is shown [s].
        paint: Returns ``(h, w, 3)`` uint8 RGB, upright, with square pixels; costly, so it is
            called for frames that somebody looks at. Raises ``DamagedFrameError``.
    """

    time_s: float
    length_s: float
    paint: Callable[[], RgbImage]

    @classmethod
    def painted(cls, time_s: float, length_s: float, image: RgbImage) -> "SourceFrame":
        """Return a frame whose picture is there already."""
        return cls(time_s, length_s, lambda: image)


class FrameSource(Protocol):
    """One kind of input, opened.

    Attributes:
        stated_frames: Number of frames by its own account, None where it gives none.
        stated_s: End by its own account [s], None where it gives none.
        stated_size: Width and height by its own account [px], known before anything is decoded.
        start_s: Start by its own account [s].
        damaged: Frames left out so far because they could not be decoded whole.
        cut_s: What is missing at the end by its own account [s]; known when all is read.
    """

    stated_frames: int | None
    stated_s: float | None
    stated_size: tuple[int, int]
    start_s: float
    damaged: int
    cut_s: float

    def frames(self) -> Iterator[SourceFrame]:
        """Decode from the start, once."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...
