"""Which decoded frames are analysed?"""

from collections.abc import Iterable, Iterator

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
    video states its number of frames and the number is larger.

    Args:
        frames: Frames in order of time.
        per_second: At most so many frames pass per second of a long video.
        keep_all: Longest video that passes whole [frames].
    """
    stream = iter(frames)
    stated = frames.stated_frames if isinstance(frames, Video) else None
    held: list[VideoFrame] = []
    if stated is None or stated <= keep_all:
        for frame in stream:
            held.append(frame)
            if len(held) > keep_all:
                break
        else:
            yield from held
            return
    yield from _thin(_chain(held, stream), 1 / per_second)


def _chain(held: list[VideoFrame], stream: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
    """Give held frames away one by one, so that they do not outlive their turn."""
    held.reverse()
    while held:
        yield held.pop()
    yield from stream


def _thin(frames: Iterator[VideoFrame], interval_s: float) -> Iterator[VideoFrame]:
    due_s = 0.0
    for frame in frames:
        if frame.time_s >= due_s - EARLY * interval_s:
            yield frame
            # Turns lie on a fixed grid, which keeps the mean rate; after a pause it starts anew.
            late = frame.time_s - due_s > interval_s
            due_s = (frame.time_s if late else due_s) + interval_s
