from itertools import pairwise

import numpy as np
import pytest

from core.pacing import pace
from core.video import VideoFrame, open_video

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


def test_a_video_that_states_many_frames_is_not_read_ahead(write_video):
    path = write_video("a.mp4", [np.zeros((16, 16, 3), np.uint8)] * 20, fps=30)
    with open_video(path) as video:
        next(pace(video, keep_all=10))
        assert video.frames_read == 1
    with open_video(path) as video:
        assert len(list(pace(video, keep_all=20))) == 20
