"""Write VP8 webm: the one video format that every OpenCV wheel writes and every browser plays."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import VideoError
from core.video import VideoFrame

Image = NDArray[np.uint8]

MAX_FPS = 25.0


def write_webm(path: Path, images: Iterable[Image], fps: float) -> None:
    """Write images of one size as a video with evenly spaced frames.

    Args:
        path: Where to write; ends in ``.webm``.
        images: ``(h, w, 3)`` uint8 RGB; an odd last row or column is cut off, as VP8 needs even
            sides.
        fps: Frames per second.

    Raises:
        OSError: The file cannot be opened, or the images are a single pixel wide or high.
        ValueError: There is no image.
        VideoError: Not everything was written, as on a full disk.
    """
    writer: cv2.VideoWriter | None = None
    count = 0
    try:
        for image in images:
            height, width = (side - side % 2 for side in image.shape[:2])
            if writer is None:
                writer = _open(path, fps, (width, height))
            writer.write(cv2.cvtColor(image[:height, :width], cv2.COLOR_RGB2BGR))
            count += 1
    finally:
        if writer is not None:
            writer.release()
    if writer is None:
        raise ValueError(f"there is no image to write to {path.name}")
    check_written(path, count)


def check_written(path: Path, count: int) -> None:
    """Make sure that a video holds its frames: OpenCV's writer says nothing when it fails.

    Raises:
        VideoError: There are fewer than ``count``.
    """
    reader = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_FORMAT, -1])
    try:
        for _ in range(count):
            if not reader.grab():
                raise VideoError(
                    "the video could not be written completely; the server's disk may be full"
                )
    finally:
        reader.release()


def evenly_spaced(frames: Iterable[VideoFrame], fps: float = MAX_FPS) -> Iterator[VideoFrame]:
    """Show each frame from its true time on: repeat or skip frames to reach an even rate.

    Recordings of browsers and phones have uneven times; without this, picture and curves would
    drift apart.

    Yields:
        Frames at ``0, 1/fps, 2/fps …``, each the latest one of the video at that moment.
    """
    shown: VideoFrame | None = None
    tick = 0
    for frame in frames:
        while shown is not None and tick / fps < frame.time_s - 1e-6:
            yield VideoFrame(tick, tick / fps, shown.image)
            tick += 1
        shown = frame
    if shown is not None:
        yield VideoFrame(tick, tick / fps, shown.image)


def _open(path: Path, fps: float, size: tuple[int, int]) -> cv2.VideoWriter:
    if min(size) == 0:
        raise OSError(f"images of {size[0] or 1}×{size[1] or 1} pixels are too small for VP8 video")
    code = cv2.VideoWriter.fourcc(*"VP80")
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, fps, size)
    if not writer.isOpened():
        raise OSError(f"OpenCV could not open {path} for writing VP8 video")
    return writer
