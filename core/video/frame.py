"""What is one frame of a video, and how large may a video be?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

RgbImage = NDArray[np.uint8]

# Frame rate of what states none: folders of images and streams without usable timestamps.
NOMINAL_FPS = 25.0


@dataclass(frozen=True)
class VideoLimits:
    """How much video is accepted, and at which size frames are handed out.

    Attributes:
        longest_px: Frames with a longer side are reduced to it by area averaging [px].
        duration_s: Longer videos are refused [s].
        longest_side_px: Videos with a longer side are refused [px].
    """

    longest_px: int = 1280
    duration_s: float = 600.0
    longest_side_px: int = 16384


@dataclass(frozen=True, eq=False)
class VideoFrame:
    """One decoded frame.

    Attributes:
        index: Position among the decoded frames, from 0.
        time_s: Time from the first frame [s]; strictly increasing.
        image: ``(h, w, 3)`` uint8 RGB, upright; every frame of a video has the same size.
    """

    index: int
    time_s: float
    image: RgbImage


@dataclass(frozen=True, eq=False)
class SourceFrame:
    """A frame as its file holds it, before it is brought to the common size.

    Attributes:
        time_s: Time from the first frame [s]; strictly increasing.
        length_s: For how long it is shown [s].
        image: ``(h, w, 3)`` uint8 RGB, upright, with square pixels.
    """

    time_s: float
    length_s: float
    image: RgbImage


class FrameSource(Protocol):
    """One kind of input, opened.

    Attributes:
        stated_frames: Number of frames by its own account, None where it gives none.
        stated_s: Length by its own account [s], None where it gives none.
        stated_size: Width and height by its own account [px], known before anything is decoded.
    """

    stated_frames: int | None
    stated_s: float | None
    stated_size: tuple[int, int]

    def frames(self) -> Iterator[SourceFrame]:
        """Decode from the start, once."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...
