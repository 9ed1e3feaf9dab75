"""A copy of the clip for browsers that cannot play the original."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from app.clip.open_clip import OpenClip
from app.export.webm import MAX_FPS, evenly_spaced, write_webm
from app.visit.jobs import CancelledError
from core.video import VideoFrame, VideoLimits, open_video

# Enough to see what the curves are about, and quick to write.
LONGEST_PX = 640


def write_preview(clip: OpenClip, *, still_wanted: Callable[[], bool]) -> Path:
    """Write the clip as VP8 webm with its true times, at most 640 px on its longer side.

    OpenCV writes it, so that playing an avi, a gif or an HEVC recording does not depend on ffmpeg.

    Args:
        clip: The open clip.
        still_wanted: Asked before every frame.

    Raises:
        CancelledError: The copy is no longer wanted.
        VideoError: The clip cannot be read.
        OSError: The copy cannot be written.
    """
    target = clip.folder / "preview.webm"
    if target.exists():
        return target
    unfinished = target.with_name("unfinished.webm")
    # The analysis has already enforced the limit on the length.
    limits = VideoLimits(longest_px=LONGEST_PX, duration_s=float("inf"))
    with open_video(clip.path, limits) as video:
        frames = _while_wanted(evenly_spaced(video), still_wanted)
        write_webm(unfinished, (frame.image for frame in frames), MAX_FPS)
    return unfinished.rename(target)


def _while_wanted(
    frames: Iterable[VideoFrame], still_wanted: Callable[[], bool]
) -> Iterator[VideoFrame]:
    for frame in frames:
        if not still_wanted():
            raise CancelledError
        yield frame
