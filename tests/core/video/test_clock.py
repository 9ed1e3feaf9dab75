"""The time of a frame is that of a browser's player."""

import pytest

from core.video import VideoLimits, open_video
from tests.core.films import shades, write_film

OFTEN = [number / 10 for number in range(16)]
LATE = {"avoid_negative_ts": "disabled"}


def times(path, limits=None):
    with open_video(path, limits or VideoLimits()) as video:
        return video, [frame.time_s for frame in video]


def shifted(by_s):
    return [by_s + time_s for time_s in OFTEN]


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv"])
@pytest.mark.parametrize("start_s", [0.0, 1.0])
def test_a_picture_that_begins_after_its_sound_keeps_its_distance(tmp_path, name, start_s):
    path = write_film(
        tmp_path / name, shades(16), "libx264", times_s=shifted(start_s), sound_s=(0.0, 2.0)
    )
    video, found = times(path)
    assert found == pytest.approx(shifted(start_s), abs=2e-3)
    assert video.duration_s == pytest.approx(start_s + 1.6, abs=2e-3)
    assert (video.damaged_frames, video.missing_s) == (0, 0.0)


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "libx264"), ("a.webm", "libvpx")])
def test_a_container_that_begins_at_five_seconds_is_shown_from_there(tmp_path, name, codec):
    path = write_film(tmp_path / name, shades(16), codec, times_s=shifted(5.0))
    video, found = times(path, VideoLimits(duration_s=2.0))  # its length, not its last time
    assert found == pytest.approx(shifted(5.0), abs=2e-3)
    assert video.stated_s == pytest.approx(6.6, abs=0.1)


@pytest.mark.parametrize(("name", "codec"), [("a.ts", "libx264"), ("a.mpg", "mpeg2video")])
def test_containers_that_browsers_cannot_play_begin_with_their_first_stream(tmp_path, name, codec):
    # Broadcasts carry the time since the transmitter was started.
    path = write_film(
        tmp_path / name, shades(50), codec, fps=25, times_s=[700 + n / 25 for n in range(50)]
    )
    _, found = times(path)
    # Where several frames share a packet, FFmpeg's own stamps of them are a frame off.
    assert found == pytest.approx([number / 25 for number in range(50)], abs=0.041)
    assert found[0] == 0


def test_a_picture_from_before_zero_is_moved_to_zero(tmp_path):
    path = write_film(tmp_path / "a.webm", shades(16), "libvpx", times_s=shifted(-0.5), muxing=LATE)
    assert times(path)[1] == pytest.approx(OFTEN, abs=2e-3)


def test_what_an_edit_cuts_away_is_not_missing(tmp_path):
    # The muxer writes the start before zero as an edit list: 5 frames are for later ones only.
    path = write_film(tmp_path / "a.mp4", shades(16), "libx264", times_s=shifted(-0.5), muxing=LATE)
    video, found = times(path)
    assert found == pytest.approx([number / 10 for number in range(11)], abs=2e-3)
    assert (video.damaged_frames, video.missing_s) == (0, 0.0)


def test_uneven_times_are_exact(tmp_path):
    uneven = [0.0, 0.017, 0.033, 0.2, 0.215, 1.9]
    path = write_film(tmp_path / "a.mp4", shades(6), "libx264", times_s=uneven)
    assert times(path)[1] == pytest.approx(uneven, abs=1e-6)


def test_frames_that_are_stored_out_of_order_come_in_order(tmp_path):
    path = write_film(tmp_path / "a.mp4", shades(16), "libx264", options={"bf": "3"})
    assert times(path)[1] == pytest.approx(OFTEN, abs=1e-6)
