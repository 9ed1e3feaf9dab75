"""A copy of the clip for browsers that cannot play the original."""

from collections.abc import Callable
from pathlib import Path

from app.clip.open_clip import OpenClip
from app.export.annotated_video import MAX_FPS
from app.export.film import write_film
from app.visit.jobs import CancelledError
from core.pacing import pace
from core.video import VideoLimits
from core.video.sandbox import open_sandboxed

# Enough to see what the curves are about, and quick to write.
LONGEST_PX = 640


def write_preview(clip: OpenClip, *, still_wanted: Callable[[], bool]) -> Path:
    """Write the clip as VP8 webm with its true times, at most 640 px on its longer side.

    Args:
        clip: The open clip.
        still_wanted: Asked again and again during the work.

    Raises:
        CancelledError: The copy is no longer wanted.
        VideoError: The clip cannot be read.
        OutputError: The copy cannot be written.
    """
    target = clip.folder / "preview.webm"
    if target.exists():
        return target

    def watch(*_: object) -> None:
        if not still_wanted():
            raise CancelledError

    unfinished = target.with_name("unfinished.webm")
    # The analysis has already enforced the limit on the length.
    limits = VideoLimits(longest_px=LONGEST_PX, duration_s=float("inf"))
    with open_sandboxed(clip.film, limits, watch=watch) as video:
        frames = ((frame.time_s, frame.image) for frame in pace(video, MAX_FPS, keep_all=0))
        write_film(unfinished, frames, fps=MAX_FPS)
    return unfinished.rename(target)
