"""Write films that every browser plays: VP8 in webm, or H.264 in mp4 with sound."""

import contextlib
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import IO, cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.video.stream import VideoStream
from numpy.typing import NDArray

from core.errors import OutputError
from core.video.sound import RATE

Image = NDArray[np.uint8]

# Times are kept to the millisecond, as webm stores them.
UNIT = Fraction(1, 1000)
# Of each kind of file, by its ending: the encoder and its settings, quick before small.
ENCODERS = {
    ".webm": ("libvpx", {"deadline": "realtime", "cpu-used": "5", "crf": "12", "b": "6000000"}),
    ".mp4": ("libx264", {"preset": "veryfast", "crf": "20"}),
}
MUXING = {".webm": {}, ".mp4": {"movflags": "+faststart"}}
THREADS = 2


def write_film(
    path: Path,
    frames: Iterable[tuple[float, Image]],
    *,
    fps: float,
    sound: Iterable[AudioFrame] = (),
) -> None:
    """Write pictures at their times; nothing is left of a film that cannot be finished.

    Args:
        path: Where to write; ends in ``.webm`` or ``.mp4``.
        frames: Times [s], not negative and increasing, and ``(h, w, 3)`` uint8 RGB of one size;
            an odd last row or column is cut off, as the encoders need even sides.
        fps: About how many frames there are per second; the last one is shown that long.
        sound: As ``core.video.sound`` gives it, for an mp4.

    Raises:
        OutputError: The file cannot be written, as on a full disk, or the pictures are a single
            pixel wide or high.
        ValueError: There is no picture.
    """
    try:
        with path.open("w+b") as file, contextlib.closing(_Writer(file, path.suffix, fps)) as film:
            film.write(frames, iter(sound))
    except OSError as error:
        path.unlink(missing_ok=True)
        raise OutputError(
            f"the video cannot be written ({error.strerror or error}); make room on the server's "
            "disk and try again"
        ) from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise


class _Writer:
    """An encoder and the file that it writes to."""

    def __init__(self, file: IO[bytes], ending: str, fps: float) -> None:
        # A file that Python holds says when a disk is full; FFmpeg's own would not.
        self._container = av.open(file, "w", format=ending[1:], options=MUXING[ending])
        self._codec, self._settings = ENCODERS[ending]
        self._fps = fps
        self._film: VideoStream | None = None
        self._sound: AudioStream | None = None
        self._last = -1  # time of the latest frame [ms]

    def write(self, frames: Iterable[tuple[float, Image]], sound: Iterator[AudioFrame]) -> None:
        """Write everything, each piece of sound before the first frame that is shown after it."""
        piece = next(sound, None)
        for time_s, image in frames:
            if self._film is None:
                self._set_up(image, with_sound=piece is not None)
            while piece is not None and _time_of(piece) <= time_s:
                self._add_sound(piece)
                piece = next(sound, None)
            self._add(time_s, image)
        if self._film is None:
            raise ValueError("there is no picture to write")
        while piece is not None and _time_of(piece) <= (self._last + 1000 / self._fps) / 1000:
            self._add_sound(piece)
            piece = next(sound, None)
        for stream in (self._film, self._sound):
            if stream is not None:
                self._container.mux(stream.encode(None))
        self._container.close()

    def close(self) -> None:
        """Let go of the file, whether the film is finished or not."""
        with contextlib.suppress(OSError):
            self._container.close()

    def _set_up(self, image: Image, *, with_sound: bool) -> None:
        height, width = (side - side % 2 for side in image.shape[:2])
        if min(width, height) == 0:
            raise OutputError(
                f"pictures of {image.shape[1]}×{image.shape[0]} pixels are too small for a video"
            )
        rate = Fraction(self._fps).limit_denominator(1000)
        added = self._container.add_stream(self._codec, rate=rate, options=self._settings)
        film = cast("VideoStream", added)
        film.width, film.height, film.pix_fmt = width, height, "yuv420p"
        film.codec_context.time_base = UNIT
        film.codec_context.thread_count = THREADS
        if with_sound:
            self._sound = self._container.add_stream("aac", rate=RATE, layout="stereo")
        self._film = film

    def _add(self, time_s: float, image: Image) -> None:
        film = self._film
        assert film is not None
        frame = av.VideoFrame.from_ndarray(
            np.ascontiguousarray(image[: film.height, : film.width]), format="rgb24"
        )
        frame.time_base = UNIT
        self._last = frame.pts = max(round(time_s * 1000), self._last + 1)
        frame.duration = round(1000 / self._fps)
        self._container.mux(film.encode(frame))

    def _add_sound(self, piece: AudioFrame) -> None:
        assert self._sound is not None
        self._container.mux(self._sound.encode(piece))


def _time_of(piece: AudioFrame) -> float:
    return float((piece.pts or 0) * (piece.time_base or 0))
