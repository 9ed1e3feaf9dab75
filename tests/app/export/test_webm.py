import numpy as np
import pytest

from app.export.webm import check_written, evenly_spaced, write_webm
from core.errors import VideoError
from core.video import VideoFrame, open_video


def frames_at(times_s):
    return [
        VideoFrame(index, time_s, np.full((2, 2, 3), index, np.uint8))
        for index, time_s in enumerate(times_s)
    ]


def test_a_written_video_reads_back(tmp_path):
    path = tmp_path / "out.webm"
    write_webm(path, (np.full((48, 64, 3), 40 + 20 * index, np.uint8) for index in range(10)), 20)
    with open_video(path) as video:
        means = [frame.image.mean() for frame in video]
    assert len(means) == 10
    assert means == pytest.approx(40 + 20 * np.arange(10), abs=8)
    assert video.duration_s == pytest.approx(0.5, abs=0.06)


def test_odd_sides_are_made_even(tmp_path):
    path = tmp_path / "out.webm"
    write_webm(path, [np.full((47, 63, 3), 128, np.uint8)] * 3, 10)
    with open_video(path) as video:
        assert video.frame_size == (62, 46)


def test_a_single_pixel_is_refused(tmp_path):
    with pytest.raises(OSError, match="too small"):
        write_webm(tmp_path / "out.webm", [np.zeros((1, 40, 3), np.uint8)], 25)


def test_nothing_to_write_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="no image"):
        write_webm(tmp_path / "out.webm", [], 25)


def test_a_folder_that_is_not_there_is_an_os_error(tmp_path):
    with pytest.raises(OSError, match="could not open"):
        write_webm(tmp_path / "missing" / "out.webm", [np.zeros((4, 4, 3), np.uint8)], 25)


def test_uneven_times_are_shown_when_they_happened():
    even = list(evenly_spaced(frames_at([0.0, 0.05, 0.3, 0.31, 0.5]), fps=10))
    assert [frame.time_s for frame in even] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5])
    assert [int(frame.image[0, 0, 0]) for frame in even] == [0, 1, 1, 2, 3, 4]


def test_fast_videos_lose_frames_not_time():
    even = list(evenly_spaced(frames_at(np.arange(121) / 120), fps=10))
    assert len(even) == 11
    assert even[-1].time_s == pytest.approx(1.0)


def test_a_full_disk_is_noticed(tmp_path):
    full = tmp_path / "full.webm"
    full.symlink_to("/dev/full")
    with pytest.raises((VideoError, OSError)):
        write_webm(full, [np.zeros((32, 32, 3), np.uint8)] * 30, 25.0)


def test_a_video_that_breaks_off_is_noticed(tmp_path):
    whole = tmp_path / "whole.webm"
    noise = np.random.default_rng(0).integers(0, 255, (30, 64, 64, 3), np.uint8)
    write_webm(whole, noise, 25.0)
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(VideoError, match="disk may be full"):
        check_written(whole, 30)
