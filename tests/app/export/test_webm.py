import errno
import io
from pathlib import Path

import numpy as np
import pytest

from app.export.film import write_film
from app.export.webm import write_webm
from core.errors import OutputError
from core.video import open_video


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
    with pytest.raises(OutputError, match="too small"):
        write_webm(tmp_path / "out.webm", [np.zeros((1, 40, 3), np.uint8)], 25)


def test_nothing_to_write_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="no picture"):
        write_webm(tmp_path / "out.webm", [], 25)


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(OutputError, match=r"cannot be written .No such file"):
        write_webm(tmp_path / "missing" / "out.webm", [np.zeros((4, 4, 3), np.uint8)], 25)


def test_uneven_times_are_kept(tmp_path):
    times_s = [0.4, 0.45, 0.7, 0.71, 0.9]
    frames = ((time_s, np.full((32, 32, 3), 9, np.uint8)) for time_s in times_s)
    write_film(tmp_path / "out.webm", frames, fps=10)
    with open_video(tmp_path / "out.webm") as video:
        assert [frame.time_s for frame in video] == pytest.approx(times_s)


@pytest.mark.parametrize("ending", ["webm", "mp4"])
def test_a_full_disk_is_a_sentence_and_leaves_no_file(tmp_path, ending):
    full = tmp_path / f"full.{ending}"
    full.symlink_to("/dev/full")
    with pytest.raises(OutputError, match=r"cannot be written .No space left.*make room"):
        write_film(full, [(0.0, np.zeros((32, 32, 3), np.uint8))], fps=25)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("written", [0, 4096, 20_000])
def test_a_disk_that_fills_up_leaves_no_file(tmp_path, monkeypatch, written):
    noise = np.random.default_rng(0).integers(0, 255, (30, 64, 64, 3), np.uint8)
    true = Path.open

    def small(path, *options):
        return Small(true(path, *options, buffering=0), written)

    class Small(io.BufferedRandom):
        def __init__(self, raw, left):
            super().__init__(raw)
            self.left = left

        def write(self, data):
            self.left -= len(data)
            if self.left < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(data)

    monkeypatch.setattr(Path, "open", small)
    with pytest.raises(OutputError, match="No space left"):
        write_webm(tmp_path / "out.webm", noise, 25.0)
    assert not list(tmp_path.iterdir())


def test_what_is_cancelled_leaves_no_file(tmp_path):
    def frames():
        yield 0.0, np.zeros((32, 32, 3), np.uint8)
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        write_film(tmp_path / "out.mp4", frames(), fps=25)
    assert not list(tmp_path.iterdir())
