"""Is a video the one that a saved result is about? Then it gives the faces their pictures again."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.errors import ResultError
from core.faces.box import FaceBox, crop_face
from core.faces.thumbnail import THUMBNAIL_PX, make_thumbnail
from core.prediction import Prediction, Progress, ProgressCallback
from core.video import Part, Video, VideoLimits, open_video

# Results hold milliseconds or more.
CLOSE_S = 0.002
# A shorter or longer last frame is no other video.
CLOSE_END_S = 0.05


def join_video(
    predictions: Sequence[Prediction],
    video: str | Path,
    *,
    name: str = "",
    limits: VideoLimits | None = None,
    opener: Callable[..., Video] = open_video,
    progress: ProgressCallback | None = None,
) -> list[Prediction]:
    """Give a saved result the pictures of its faces; nothing is analysed.

    The video is decoded once, and compared on the way: the size of its frames, the time of every
    frame that was analysed, their number, and the end.

    Args:
        predictions: One per face, of one video.
        video: What they should be about.
        name: What messages call it; its own name by default.
        limits: Which videos are refused.
        opener: ``core.video.open_video``, or ``core.video.sandbox.open_sandboxed``.
        progress: Called during the work; raising from it cancels.

    Raises:
        ResultError: It is another video.
        VideoError: It cannot be read.
    """
    main = predictions[0]
    search = _Search(main, name or Path(video).name)
    report = progress or (lambda _: None)

    def watch(reached_s: float, _: float | None) -> None:
        report(Progress("read", min(reached_s / max(main.duration_s, 1e-6), 1.0), reached_s))
        search.check_times()

    pictures: list[list[bytes | None]] = [[None] * main.frames_analysed for _ in predictions]
    with opener(video, limits or VideoLimits(), watch=watch) as whole:
        search.check_size(whole)
        source = whole if main.span.is_whole else Part(whole, main.span)
        for frame in source.pick(search.wants):
            row = search.row
            for prediction, crops in zip(predictions, pictures, strict=True):
                if prediction.frames.found[row]:
                    x, y, side, _ = (float(value) for value in prediction.frames.boxes[row])
                    roll = float(prediction.frames.rolls[row])
                    box = FaceBox(x, y, side, roll=roll).scaled(whole.scale)
                    crop = crop_face(
                        frame.image, box, scale=prediction.crop_scale, limit_px=THUMBNAIL_PX
                    )
                    crops[row] = make_thumbnail(crop)
        search.check_end(source)
        size = whole.frame_size
    return [
        replace(each, frame_size=size, frames=replace(each.frames, crops=crops))
        for each, crops in zip(predictions, pictures, strict=True)
    ]


class _Search:
    """Looks for the analysed frames among those of a video.

    Attributes:
        row: The one that was found last, -1 before the first.
    """

    def __init__(self, main: Prediction, name: str) -> None:
        self._main, self._name = main, name
        self._times_s = main.frames.times_s
        self._passed_s = -np.inf
        self.row = -1

    def wants(self, time_s: float) -> bool:
        """Whether a frame is the next one that was analysed."""
        self._passed_s = time_s
        is_next = self.row + 1 < len(self._times_s) and (
            abs(self._times_s[self.row + 1] - time_s) <= CLOSE_S
        )
        self.row += is_next
        return bool(is_next)

    def check_size(self, video: Video) -> None:
        if 0 not in self._main.frame_size and video.frame_size != self._main.frame_size:
            (width, height), (own_width, own_height) = self._main.frame_size, video.frame_size
            self._refuse(f"frames of {width}×{height} pixels", f"{own_width}×{own_height}")

    def check_times(self) -> None:
        """Refuse the video as soon as it has no frame where one was analysed."""
        following = self.row + 1
        if following < len(self._times_s) and self._times_s[following] < self._passed_s - CLOSE_S:
            self._refuse(f"a frame at {self._times_s[following]:.3f} s", "none there")

    def check_end(self, source: Video) -> None:
        self.check_times()
        main = self._main
        if self.row + 1 < len(self._times_s) or source.frames_read != main.frames_read:
            self._refuse(f"{main.frames_read} frames", f"{source.frames_read}")
        if abs(source.duration_s - main.duration_s) > CLOSE_END_S:
            self._refuse(f"an end at {main.duration_s:.2f} s", f"{source.duration_s:.2f} s")

    def _refuse(self, saved: str, own: str) -> None:
        raise ResultError(
            f"{self._name} is not the video of this result: the result is about a video with "
            f"{saved}, this one has {own}; choose the video that was analysed"
        )
