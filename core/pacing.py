"""Which decoded frames are analysed?"""

import itertools
from collections.abc import Callable, Iterable, Iterator

from core.video import Video, VideoFrame

PER_SECOND = 15.0
KEEP_ALL = 64
# Waits at most while it is not known how long a video is; 64 frames of 640×480 take 59 MB.
HELD_BYTES = 64_000_000

# A frame this share of the interval too early still takes its turn: timestamps are often rounded.
EARLY = 0.25


def pace(
    frames: Iterable[VideoFrame], per_second: float = PER_SECOND, keep_all: int = KEEP_ALL
) -> Iterator[VideoFrame]:
    """Thin a stream of frames by their times; short videos pass whole.

    A video that states its number of frames is believed, and nothing is held. Of others frames are
    held until it is known whether there are more than ``keep_all``, or ``HELD_BYTES`` of them:
    those count as long, too. Frames of a ``Video`` that do not pass are not turned into pictures
    either, as far as that is known in time.

    Args:
        frames: Frames in order of time.
        per_second: At most so many frames pass per second of a long video.
        keep_all: Longest video that passes whole [frames].
    """
    turns = _Turns(1 / per_second)
    stated = frames.stated_frames if isinstance(frames, Video) else None
    if stated is not None:
        whole = keep_all if stated <= keep_all else 0
        seen = itertools.count()
        # Where more comes than was stated, the rest is thinned.
        yield from _pick(frames, lambda time_s: next(seen) < whole or turns.take(time_s))
        return
    is_long = False
    stream = _pick(frames, lambda time_s: not is_long or turns.take(time_s))
    held: list[VideoFrame] = []
    held_bytes = 0
    for frame in stream:
        held.append(frame)
        held_bytes += frame.image.nbytes
        if len(held) > keep_all or held_bytes > HELD_BYTES:
            break
    else:
        yield from held
        return
    is_long = True
    # Given away one by one, so that they do not outlive their turn.
    held.reverse()
    while held:
        if turns.take(held[-1].time_s):
            yield held.pop()
        else:
            held.pop()
    yield from stream


def _pick(frames: Iterable[VideoFrame], wanted: Callable[[float], bool]) -> Iterator[VideoFrame]:
    if isinstance(frames, Video):
        return frames.pick(wanted)
    return (frame for frame in frames if wanted(frame.time_s))


class _Turns:
    """Turns on a fixed grid, which keeps the mean rate; after a pause it starts anew."""

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._due_s = 0.0

    def take(self, time_s: float) -> bool:
        """Whether a frame takes the turn that is due."""
        if time_s < self._due_s - EARLY * self._interval_s:
            return False
        is_late = time_s - self._due_s > self._interval_s
        self._due_s = (time_s if is_late else self._due_s) + self._interval_s
        return True
