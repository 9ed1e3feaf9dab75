"""What does a container say about its film before anything is decoded?"""

from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction

import av
from av.error import FFmpegError
from av.stream import Discard

from core.video.film import Film
from core.video.frame import NOMINAL_FPS
from core.video.limits import Budget

# Browser recordings claim 1000 frames per second or none.
PLAUSIBLE_FPS = (0.01, 300.0)
PLAUSIBLE_FRAMES = 10**8
# A browser's player shows the timestamps of these as they are, wherever they begin. The others it
# cannot play; their time begins with the first of their streams, as in other players.
FROM_ZERO = ("mov", "matroska")
# Bare streams state no length; FFmpeg guesses one from bytes per second.
LENGTHLESS = ("h264", "hevc", "mpegvideo", "mjpeg")


@dataclass(frozen=True)
class Statement:
    """What a container says.

    Time is that of Chromium's player (measured): a film whose picture begins one second after its
    sound has its first frame at second 1, and one whose container begins at second 5 at second 5.
    Only a picture that begins before zero is moved to zero.

    Attributes:
        zero_s: Timestamp of the player's zero [s]; None for that of the first frame.
        start_s: When the player shows the first frame [s].
        step_s: Nominal length of a frame [s].
        end_s: When the film ends on the player's clock [s], None where nothing plausible is said.
        frames: Number of frames, None where nothing plausible is said.
        is_own: Whether the end is that of the film rather than of all streams together.
    """

    zero_s: float | None
    start_s: float
    step_s: float
    end_s: float | None
    frames: int | None
    is_own: bool


def read_statement(film: Film, demuxer: str) -> Statement:
    """Read what a container says about its film; ``demuxer`` is FFmpeg's name of it."""
    container, stream = film.container, film.stream
    unit = stream.time_base or Fraction(1, av.time_base)
    start_s = float((stream.start_time or 0) * unit)
    zero_s = min(start_s, 0.0)
    if demuxer not in FROM_ZERO and container.start_time is not None:
        zero_s = container.start_time / av.time_base
    first_s = 0.0 if demuxer in LENGTHLESS else max(start_s - zero_s, 0.0)
    fps = float(stream.average_rate or stream.guessed_rate or 0)
    is_plausible = PLAUSIBLE_FPS[0] <= fps <= PLAUSIBLE_FPS[1]
    step_s = 1 / (fps if is_plausible else NOMINAL_FPS)
    end_s: float | None = None
    if demuxer not in LENGTHLESS and stream.duration is not None:
        # Of a cut avi FFmpeg counts what is there; its header still says what should be.
        count_s = stream.frames * step_s if demuxer == "avi" else 0.0
        end_s = first_s + max(float(stream.duration * unit), count_s)
    elif demuxer not in LENGTHLESS and container.duration is not None:
        # Matroska counts from its own zero, the others from the start of their first stream.
        end_s = container.duration / av.time_base
    count = stream.frames or (round((end_s - first_s) / step_s) if end_s is not None else 0)
    is_believed = is_plausible and end_s is not None and 0 < count < PLAUSIBLE_FRAMES
    return Statement(
        None if demuxer in LENGTHLESS else zero_s,
        first_s,
        step_s,
        end_s if is_believed else None,
        count if is_believed else None,
        stream.duration is not None,
    )


def measure(film: Film, budget: Budget) -> None:
    """Look through a film that states no length, without decoding it; it is used up by that.

    Raises:
        VideoError: It is over a limit, by its own timestamps.
    """
    stream = film.stream
    for other in film.container.streams:
        if other.index != stream.index:
            other.discard = Discard.all
    unit = stream.time_base or Fraction(1, av.time_base)
    first: int | None = None
    count = 0
    with suppress(FFmpegError):  # the end of the file, or what ends it early
        for packet in film.container.demux(stream):
            budget.tick()
            stamp = packet.dts if packet.pts is None else packet.pts
            if stamp is None:
                continue
            first = stamp if first is None else first
            budget.check_length(float((stamp - first) * unit))
            count += 1
            # Interlaced films may have a packet per half frame.
            budget.check_frames(count // 2)
