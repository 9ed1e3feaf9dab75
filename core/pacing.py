"""Which decoded frames are analysed?"""

from collections.abc import Callable, Iterable, Iterator

from core.video import Video, VideoFrame

PER_SECOND = 15.0
KEEP_ALL = 64

# A frame this share of the interval too early still takes its turn: timestamps are often rounded.
EARLY = 0.25


def pace(
    frames: Iterable[VideoFrame], per_second: float = PER_SECOND, keep_all: int = KEEP_ALL
) -> Iterator[VideoFrame]:
    """Thin a stream of frames by their times; short videos pass whole.

    Holds up to ``keep_all`` frames until it is known whether the video is short; none where the
    video states its number of frames and the number is larger. Frames of a ``Video`` that do not
    pass are not turned into pictures either.

    Args:
        frames: Frames in order of time.
        per_second: At most so many frames pass per second of a long video.
        keep_all: Longest video that passes whole [frames].
    """
    turns = _Turns(1 / per_second)
    stated = frames.stated_frames if isinstance(frames, Video) else None
    is_long = stated is not None and stated > keep_all
    stream = _pick(frames, lambda time_s: not is_long or turns.take(time_s))
    held: list[VideoFrame] = []
    if not is_long:
        for frame in stream:
            held.append(frame)
            if len(held) > keep_all:
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
