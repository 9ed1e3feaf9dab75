"""How do camera frames come in from a browser, and how do they become a clip?"""

import io
import math
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.export.webm import check_written
from core.errors import VideoError

MAX_FRAME_BYTES = 300_000
MIN_SIDE_PX, MAX_SIDE_PX = 32, 1280
# A clip is the last 30 s; the browser's frames come at 30 a second at most.
MAX_CLIP_S = 31.0
MAX_CLIP_FRAMES = 930
MAX_CLIP_BYTES = 24_000_000
MAX_CLIP_PIXELS = 300_000_000  # as many frames of 640×480; the page sends 320×240
# A decoder goes over the whole picture once per scan, and a scan can have ten bytes. Cameras and
# browsers write one, progressive files have ten.
MAX_SCANS = 20
START_OF_SCAN = b"\xff\xda"
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
    # Compressed data never hold these two bytes; a preview in the header adds its own scans.
    if data.count(START_OF_SCAN) > MAX_SCANS:
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

    OpenCV's writer numbers frames at a constant rate. It can also take compressed packets with a
    time each, so the clip is compressed first and then packed again with the true times.

    Args:
        frames: Two or more, times increasing; the first becomes second 0.
        path: Where to write; ends in ``.webm``.

    Raises:
        VideoError: A frame is not a readable JPEG, they have too many pixels in all, or webm
            cannot be written here.
    """
    first = decode_frame(frames[0].jpeg)
    size = (first.shape[1], first.shape[0])
    _check_pixels(len(frames) * size[0] * size[1])  # written
    mean_rate = (len(frames) - 1) / (frames[-1].time_s - frames[0].time_s)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        steady = Path(folder) / "steady.webm"
        writer = _open_writer(steady, min(max(mean_rate, 1.0), 60.0), size, [])
        read = 0
        for frame in frames:
            picture = cv2.cvtColor(decode_frame(frame.jpeg), cv2.COLOR_RGB2BGR)
            read += picture.shape[0] * picture.shape[1]
            _check_pixels(read)
            # Phones turn while recording: later frames take the size of the first.
            writer.write(cv2.resize(picture, size) if picture.shape[1::-1] != size else picture)
        writer.release()
        _retime(steady, path, size, [frame.time_s - frames[0].time_s for frame in frames])


def _check_pixels(count: int) -> None:
    if count > MAX_CLIP_PIXELS:
        raise VideoError(
            f"the recorded clip has more than {MAX_CLIP_PIXELS // 10**6} million pixels in all its "
            "frames; record a shorter one"
        )


def _retime(source: Path, target: Path, size: tuple[int, int], times_s: list[float]) -> None:
    reader = cv2.VideoCapture(str(source), cv2.CAP_FFMPEG, [cv2.CAP_PROP_FORMAT, -1])
    # A "rate" of 1000 makes the writer's unit of time the millisecond.
    writer = _open_writer(target, 1000.0, size, [cv2.VIDEOWRITER_PROP_RAW_VIDEO, 1])
    last_ms = -1
    for time_s in times_s:
        read, packet = reader.read()
        if not read:
            raise VideoError("the recorded clip could not be written; record it anew")
        last_ms = max(round(time_s * 1000), last_ms + 1)
        writer.set(cv2.VIDEOWRITER_PROP_PTS, last_ms)
        writer.set(cv2.VIDEOWRITER_PROP_KEY_FLAG, reader.get(cv2.CAP_PROP_LRF_HAS_KEY_FRAME))
        writer.write(packet)
    writer.release()
    reader.release()
    check_written(target, len(times_s))


def _open_writer(
    path: Path, rate: float, size: tuple[int, int], settings: list[int]
) -> cv2.VideoWriter:
    code = cv2.VideoWriter.fourcc(*"VP80")
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, rate, size, settings)
    if not writer.isOpened():
        raise VideoError("this OpenCV cannot write webm clips; install opencv-python>=4.14,<5")
    return writer
