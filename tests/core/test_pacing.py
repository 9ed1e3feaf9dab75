from itertools import pairwise

import numpy as np
import pytest

from core import pacing
from core.pacing import pace
from core.video import Video, VideoFrame, open_video

PIXEL = np.zeros((1, 1, 3), np.uint8)


def frames_at(times_s):
    return [VideoFrame(index, time_s, PIXEL) for index, time_s in enumerate(times_s)]


def kept(times_s, **options):
    return [frame.time_s for frame in pace(frames_at(times_s), **options)]


def test_a_short_video_passes_whole():
    times = [index / 120 for index in range(64)]
    assert kept(times) == times
    assert kept([]) == []


def test_one_frame_more_and_the_whole_video_is_thinned():
    times = [index / 30 for index in range(65)]
    assert kept(times) == times[::2]


def test_rounded_timestamps_do_not_change_the_choice():
    times = [round(index / 30, 3) for index in range(300)]
    assert kept(times) == times[::2]


@pytest.mark.parametrize("fps", [16, 24, 25, 29.97, 48, 60, 120])
def test_no_second_holds_more_frames_than_asked(fps):
    times = [index / fps for index in range(int(fps * 20))]
    result = kept(times)
    assert len(result) <= 20 * 15 + 1
    assert len(result) >= 20 * min(15, fps) * 0.9
    assert max(later - earlier for earlier, later in pairwise(result)) < 2 / 15


def test_slow_videos_keep_every_frame():
    times = [index / 10 for index in range(100)]
    assert kept(times) == times


def test_after_a_pause_the_pace_is_the_same():
    times = [index / 30 for index in range(90)] + [60 + index / 30 for index in range(90)]
    assert len([time_s for time_s in kept(times) if time_s >= 60]) == 45


def test_no_more_frames_than_needed_are_read_ahead():
    taken = []

    def stream():
        for frame in frames_at([index / 30 for index in range(1000)]):
            taken.append(frame.index)
            yield frame

    result = pace(stream(), keep_all=10)
    assert next(result).index == 0
    assert len(taken) == 11
    assert [next(result).index for _ in range(10)] == list(range(2, 22, 2))
    assert len(taken) == 21


class Stated(Video):
    """A video that states how many frames it has, truly or not."""

    def __init__(self, times_s, stated):
        self._times_s, self.stated_frames = times_s, stated
        self.frames_read = 0

    def pick(self, wanted):
        for frame in frames_at(self._times_s):
            self.frames_read += 1
            if wanted(frame.time_s):
                yield frame

    def sound(self):
        return iter(())

    def close(self):
        pass


TIMES = [index / 30 for index in range(20)]


@pytest.mark.parametrize("stated", [20, 11, 10_000])
def test_a_video_that_states_many_frames_is_thinned_without_reading_ahead(stated):
    video = Stated(TIMES, stated)
    frames = pace(video, keep_all=10)
    assert next(frames).time_s == 0.0
    assert video.frames_read == 1
    assert [frame.time_s for frame in frames] == TIMES[2::2]


def test_a_video_that_states_few_frames_passes_whole_without_being_held():
    video = Stated(TIMES, 20)
    for number, frame in enumerate(pace(video, keep_all=20), 1):
        assert (video.frames_read, frame.time_s) == (number, TIMES[number - 1])


def test_what_comes_beyond_a_statement_is_thinned():
    shown = [frame.time_s for frame in pace(Stated(TIMES, 3), keep_all=10)]
    assert shown == TIMES[:10] + TIMES[10::2]


def test_what_is_held_is_bounded_in_bytes_too(monkeypatch):
    monkeypatch.setattr(pacing, "HELD_BYTES", 5 * PIXEL.nbytes)
    read = []

    def stream():
        for frame in frames_at(TIMES):
            read.append(frame.index)
            yield frame

    frames = pace(stream(), keep_all=10)
    next(frames)
    assert len(read) == 6
    assert [frame.time_s for frame in frames] == TIMES[2::2]
    assert kept(TIMES[:5], keep_all=10) == TIMES[:5]


def test_films_state_their_frames(write_video):
    path = write_video("a.mp4", [np.zeros((16, 16, 3), np.uint8)] * 20, fps=30)
    with open_video(path) as video:
        next(pace(video, keep_all=10))
        assert video.frames_read == 1
    with open_video(path) as video:
        assert len(list(pace(video, keep_all=20))) == 20
