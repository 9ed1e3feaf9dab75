"""How much may a video cost, and what has it cost so far?"""

from collections.abc import Callable
from dataclasses import dataclass

from core.errors import VideoError

# Called with the time reached and the stated end of the video, None where it states none [s].
Watch = Callable[[float, float | None], None]


@dataclass(frozen=True)
class VideoLimits:
    """How much video is accepted, and at which size frames are handed out.

    What a file costs has little to do with its bytes: 89 of them can state a picture of 4 GB, and
    a thousandth of a second can hold thousands of frames.

    Attributes:
        longest_px: Frames with a longer side are reduced to it by area averaging [px].
        duration_s: Longer videos are refused [s].
        longest_side_px: Videos with a longer side are refused [px].
        frame_px: Videos with more pixels per frame are refused before anything is decoded [px].
        frames: Videos with more frames are refused; 10 minutes at 240 per second have 144,000.
        total_px: Videos with more pixels in all are refused [px]; 10 minutes of 4K at 60 per
            second have 3 · 10¹¹.
    """

    longest_px: int = 1280
    duration_s: float = 600.0
    longest_side_px: int = 16384
    frame_px: int = 40_000_000
    frames: int = 150_000
    total_px: int = 300_000_000_000


class Budget:
    """Refuses what is over the limits, and lets whoever waits follow and cancel.

    Args:
        name: What messages call the video.
        limits: What is accepted.
        watch: Called for everything that is decoded or fails to be; raising from it cancels.

    Attributes:
        name: As given.
        limits: As given.
        stated_s: What ``watch`` is told as the end of the video [s].
    """

    def __init__(self, name: str, limits: VideoLimits, watch: Watch | None = None) -> None:
        self.name = name
        self.limits = limits
        self.stated_s: float | None = None
        self._watch = watch
        self._reached_s = 0.0
        self._frames = 0
        self._pixels = 0

    def tick(self) -> None:
        """Something was read that is no frame yet."""
        if self._watch is not None:
            self._watch(self._reached_s, self.stated_s)

    def spend(self, time_s: float, size: tuple[int, int]) -> None:
        """One more frame is decoded.

        Args:
            time_s: Its time [s].
            size: Its width and height as decoded [px].

        Raises:
            VideoError: A limit is passed.
        """
        self._reached_s = max(self._reached_s, time_s)
        self._frames += 1
        self._pixels += size[0] * size[1]
        self.check_frames(self._frames)
        self.check_size(*size)
        if self._pixels > self.limits.total_px:
            raise VideoError(
                f"{self.name} has more than the limit of {self.limits.total_px / 1e9:g} thousand "
                "million pixels in all its frames; reduce it or cut a shorter piece"
            )
        self.tick()

    def check_frames(self, count: int) -> None:
        """Raise VideoError where there are too many frames."""
        if count > self.limits.frames:
            raise VideoError(
                f"{self.name} has more than the limit of {self.limits.frames} frames; cut a "
                "shorter piece or reduce its frame rate"
            )

    def check_length(self, seconds: float) -> None:
        """Raise VideoError where the video is too long."""
        if seconds > self.limits.duration_s:
            raise VideoError(
                f"{self.name} is longer than the limit of {self.limits.duration_s:g} s; cut a "
                "shorter piece"
            )

    def check_size(self, width: int, height: int) -> None:
        """Raise VideoError where a frame is too large."""
        side, area = self.limits.longest_side_px, self.limits.frame_px
        if max(width, height) > side:
            raise VideoError(
                f"{self.name} is {width}×{height} pixels, more than the limit of {side} on a "
                f"side; reduce it"
            )
        if width * height > area:
            raise VideoError(
                f"{self.name} is {width}×{height} pixels, more than the limit of "
                f"{area / 1e6:g} million; reduce it"
            )
