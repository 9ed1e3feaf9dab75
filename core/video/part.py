"""A part of a video, at the video's own times."""

from collections.abc import Callable, Iterator

from av.audio.frame import AudioFrame

from core.span import Span
from core.video.frame import VideoFrame
from core.video.video import Video


class Part(Video):
    """Hands out the frames of a span; see ``Video``.

    Frames before it are decoded, because later ones lean on them, but not turned into pictures.
    Behind its end nothing is decoded but the first frame.

    Args:
        whole: Opened, not iterated yet; closed with its part.
        span: Which frames are handed out.
    """

    def __init__(self, whole: Video, span: Span) -> None:
        self._whole = whole
        self._span = span
        self.frame_size, self.scale = whole.frame_size, whole.scale
        self.stated_s = None if whole.stated_s is None else min(whole.stated_s, span.end_s)
        self.stated_frames = self._share_of(whole)

    def _share_of(self, whole: Video) -> int | None:
        """Frames of the part by the whole's own account, as if they came evenly."""
        if whole.stated_frames is None or not whole.stated_s or self.stated_s is None:
            return None
        length_s = max(self.stated_s - self._span.start_s, 0.0)
        return round(whole.stated_frames * length_s / whole.stated_s)

    def pick(self, wanted: Callable[[float], bool]) -> Iterator[VideoFrame]:
        """See ``Video``."""
        start_s, end_s = self._span.start_s, self._span.end_s
        # The first frame behind the end is asked for, too: it tells that the end has come.
        frames = self._whole.pick(
            lambda time_s: time_s >= start_s and (time_s >= end_s or wanted(time_s))
        )
        for frame in frames:
            if frame.time_s >= end_s:
                return
            yield frame

    def sound(self) -> Iterator[AudioFrame]:
        """See ``Video``; the whole of it."""
        return self._whole.sound()

    def close(self) -> None:
        """See ``Video``."""
        self._whole.close()

    @property
    def frames_read(self) -> int:  # type: ignore[override]  # counted, not stored
        """See ``Video``."""
        return self._whole.frames_read

    @property
    def duration_s(self) -> float:  # type: ignore[override]
        """End of the part, or of the video where that ends before [s]."""
        return min(self._whole.duration_s, self._span.end_s)

    @property
    def damaged_frames(self) -> int:  # type: ignore[override]
        """See ``Video``."""
        return self._whole.damaged_frames

    @property
    def missing_s(self) -> float:  # type: ignore[override]
        """See ``Video``."""
        return self._whole.missing_s

    @property
    def breaks_off_at_s(self) -> float | None:  # type: ignore[override]
        """See ``Video``."""
        return self._whole.breaks_off_at_s
