"""How do camera frames come in from a browser, and how do they become a clip?"""

import io
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.export.film import write_film
from core.errors import VideoError
from core.video.jpeg import count_scans

MAX_FRAME_BYTES = 300_000
MIN_SIDE_PX, MAX_SIDE_PX = 32, 1280
# A clip is the last 30 s; the browser's frames come at 30 a second at most.
MAX_CLIP_S = 31.0
MAX_CLIP_FRAMES = 930
MAX_CLIP_BYTES = 24_000_000
MAX_CLIP_PIXELS = 300_000_000  # as many frames of 640×480; the page sends 320×240
# Cameras and browsers write one, progressive files have ten; see ``core.video.jpeg``.
MAX_SCANS = 20
# Each packed frame starts with its time [s] as float64 and its length as uint32, little endian.
PACKED_HEAD = struct.Struct("<dI")
# All the ways in which Pillow reports damage.
UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


@dataclass(frozen=True)
class TimedFrame:
    """A JPEG file and when it was taken [s]."""

    time_s: float
    jpeg: bytes


def decode_frame(data: bytes) -> NDArray[np.uint8]:
    """Decode one camera frame that came from outside.

    Args:
        data: A JPEG file.

    Returns:
        ``(h, w, 3)`` uint8 RGB.

    Raises:
        VideoError: Not a JPEG, damaged, or its size is out of bounds. The size is read from the
            header and scans are counted, so that a small file can neither unfold into a huge
            picture nor take long.
    """
    if len(data) > MAX_FRAME_BYTES:
        raise VideoError(
            f"the camera frame has {len(data) // 1000} kB; at most {MAX_FRAME_BYTES // 1000} kB "
            "are accepted"
        )
    if count_scans(data, MAX_SCANS) > MAX_SCANS:
        raise VideoError(
            f"the camera frame is made of more than {MAX_SCANS} scans, as no camera writes it; "
            "start the camera anew"
        )
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
            width, height = image.size
            if min(width, height) < MIN_SIDE_PX or max(width, height) > MAX_SIDE_PX:
                raise VideoError(
                    f"the camera frame is {width}×{height} px; sides of {MIN_SIDE_PX} to "
                    f"{MAX_SIDE_PX} px are accepted"
                )
            return np.asarray(image.convert("RGB"), np.uint8)
    except UNREADABLE as error:
        raise VideoError(
            "the camera frame is not a readable JPEG; start the camera anew"
        ) from error


def unpack_clip(data: bytes) -> list[TimedFrame]:
    """Take apart a packed clip; times are checked, the pictures are not yet decoded.

    Raises:
        VideoError: Damaged, empty, too long, or its times do not increase.
    """
    frames: list[TimedFrame] = []
    offset = 0
    while offset < len(data):
        if len(frames) == MAX_CLIP_FRAMES or offset + PACKED_HEAD.size > len(data):
            raise VideoError("the recorded clip is damaged or too long; record it anew")
        time_s, length = PACKED_HEAD.unpack_from(data, offset)
        offset += PACKED_HEAD.size
        jpeg = data[offset : offset + length]
        if length != len(jpeg) or not math.isfinite(time_s):
            raise VideoError("the recorded clip is damaged; record it anew")
        if frames and time_s <= frames[-1].time_s:
            raise VideoError("the recorded clip's times do not increase; record it anew")
        frames.append(TimedFrame(time_s, jpeg))
        offset += length
    if len(frames) < 2:
        raise VideoError("the recorded clip has fewer than two frames; let the camera run first")
    if frames[-1].time_s - frames[0].time_s > MAX_CLIP_S:
        raise VideoError(f"the recorded clip is longer than {MAX_CLIP_S:.0f} s; record it anew")
    return frames


def write_webm(frames: list[TimedFrame], path: Path) -> None:
    """Write frames as a VP8 webm that keeps their true times to the millisecond.

    Args:
        frames: Two or more, times increasing; the first becomes second 0.
        path: Where to write; ends in ``.webm``.

    Raises:
        VideoError: A frame is not a readable JPEG, or they have too many pixels in all.
        OutputError: The file cannot be written, as on a full disk.
    """
    seconds = frames[-1].time_s - frames[0].time_s
    write_film(path, _pictures(frames), fps=min(max((len(frames) - 1) / seconds, 1.0), 60.0))


def _pictures(frames: list[TimedFrame]) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    size: tuple[int, int] | None = None
    read = 0
    for frame in frames:
        picture = decode_frame(frame.jpeg)
        height, width = picture.shape[:2]
        if size is None:
            size = (width, height)
            _check_pixels(len(frames) * width * height)  # written
        read += width * height
        _check_pixels(read)
        # Phones turn while recording: later frames take the size of the first.
        if (width, height) != size:
            picture = np.asarray(cv2.resize(picture, size), np.uint8)
        yield frame.time_s - frames[0].time_s, picture


def _check_pixels(count: int) -> None:
    if count > MAX_CLIP_PIXELS:
        raise VideoError(
            f"the recorded clip has more than {MAX_CLIP_PIXELS // 10**6} million pixels in all its "
            "frames; record a shorter one"
        )
