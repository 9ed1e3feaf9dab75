"""A damaged film gives what is whole, and says how much is not."""

from types import SimpleNamespace

import av
import numpy as np
import pytest
from av.error import FFmpegError

from core.errors import VideoError
from core.video import open_video
from core.video.losses import Losses
from core.video.upright import VideoReformatter
from tests.core.films import number_of, scenes, shades, write_film, zeroed

KEYS = {"preset": "ultrafast", "g": "10", "bf": "0", "qp": "18"}
# The index comes first, and films for streaming have a cluster every third of a second.
AT_ONCE = {"movflags": "faststart", "cluster_time_limit": "300"}


def read(path):
    with open_video(path) as video:
        return video, {round(frame.time_s, 3): frame.image.astype(int) for frame in video}


def worst(frames, truth):
    return max(np.abs(image - truth[time_s]).mean() for time_s, image in frames.items())


def packets_of(path):
    with av.open(str(path)) as container:
        return [(one.pos, one.size) for one in container.demux(video=0) if one.size]


def spoil(path, places, part=(0.0, 1.0)):
    """Zero a part of some packets."""
    data = bytearray(path.read_bytes())
    for place, size in places:
        first, last = place + round(part[0] * size), place + round(part[1] * size)
        data[first:last] = bytes(last - first)
    path.write_bytes(data)


@pytest.mark.parametrize("part", [(0.0, 1.0), (0.3, 1.0), (0.1, 0.9)])
def test_one_damaged_picture_of_an_avi_is_left_out(tmp_path, part):
    path = write_film(tmp_path / "a.avi", scenes(29), "mjpeg", pixels="yuvj420p")
    _, truth = read(path)
    spoil(path, [packets_of(path)[13]], part)
    video, frames = read(path)
    assert sorted(frames) == [round(n / 10, 3) for n in range(29) if n != 13]
    assert (video.frames_read, video.damaged_frames) == (28, 1)
    assert video.missing_s == pytest.approx(0.1)
    assert video.breaks_off_at_s is None
    assert worst(frames, truth) == 0


def test_frames_behind_a_hole_in_an_avi_keep_their_times(tmp_path):
    path = write_film(tmp_path / "a.avi", scenes(29), "mjpeg", pixels="yuvj420p")
    _, truth = read(path)
    places = packets_of(path)
    first, last = places[10][0] - 8, places[14][0] - 8  # with the heads, which name what follows
    spoil(path, [(first, last - first)])
    video, frames = read(path)
    assert sorted(frames) == [round(n / 10, 3) for n in range(29) if not 10 <= n < 14]
    assert worst(frames, truth) == 0
    assert video.damaged_frames == 4
    assert video.missing_s == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.mp4", "libx264", KEYS),
        ("a.mkv", "libx264", KEYS),
        ("a.ts", "libx264", KEYS),
        ("a.avi", "mpeg4", {"g": "10", "b": "2000000"}),
        ("a.mpg", "mpeg2video", {"g": "10", "b": "2000000", "bf": "0"}),
        ("a.mp4", "libx265", {"x265-params": "keyint=10:log-level=none:bframes=0:qp=20"}),
        ("a.webm", "libvpx", {"g": "10", "b": "2000000", "deadline": "realtime"}),
        ("a.webm", "libvpx-vp9", {"g": "10", "b": "2000000", "deadline": "realtime"}),
    ],
)
def test_behind_lost_frames_nothing_is_shown_until_the_next_whole_one(
    tmp_path, name, codec, options
):
    path = write_film(tmp_path / name, scenes(50), codec, fps=25, options=options, muxing=AT_ONCE)
    clean, truth = read(path)
    assert (len(truth), clean.damaged_frames) == (50, 0)
    path.write_bytes(zeroed(path.read_bytes(), 0.42, 0.58))
    video, frames = read(path)
    assert 10 <= len(frames) < 50
    assert max(frames) == pytest.approx(max(truth))  # it goes on
    assert worst(frames, truth) < 3  # no frame that leans on one that is gone
    assert video.damaged_frames >= 1
    assert video.missing_s == pytest.approx((50 - len(frames)) / 25, abs=0.05)


def test_a_frame_that_the_decoder_mended_is_left_out(tmp_path):
    path = write_film(tmp_path / "a.mp4", scenes(30), "libx264", options=KEYS, muxing=AT_ONCE)
    _, truth = read(path)
    spoil(path, [packets_of(path)[10]], (0.5, 0.9))
    video, frames = read(path)
    assert 1.0 not in frames
    assert video.damaged_frames >= 1
    assert worst(frames, truth) < 8


def test_a_lost_key_frame_takes_its_followers_along(tmp_path):
    path = write_film(tmp_path / "a.mp4", scenes(30), "libx264", options=KEYS, muxing=AT_ONCE)
    spoil(path, [packets_of(path)[10]])
    video, frames = read(path)
    assert sorted(frames) == [round(n / 10, 3) for n in (*range(10), *range(20, 30))]
    assert video.damaged_frames == 10
    assert video.missing_s == pytest.approx(1.0)


def test_a_truncated_film_says_how_much_is_missing(tmp_path):
    path = write_film(tmp_path / "a.mp4", scenes(40), "libx264", options=KEYS, muxing=AT_ONCE)
    path.write_bytes(path.read_bytes()[: round(0.6 * path.stat().st_size)])
    video, frames = read(path)
    assert 10 < len(frames) < 35
    assert video.breaks_off_at_s == pytest.approx(len(frames) / 10, abs=0.01)
    assert video.missing_s == pytest.approx(4.0 - len(frames) / 10, abs=0.02)


def test_sound_that_goes_on_is_no_missing_picture(tmp_path):
    path = write_film(tmp_path / "a.mkv", shades(20), "libx264", sound_s=(0.0, 4.0))
    video, frames = read(path)
    assert (len(frames), video.missing_s, video.breaks_off_at_s) == (20, 0.0, None)


def test_a_film_damaged_from_its_first_frame_begins_where_it_is_whole(tmp_path):
    path = write_film(tmp_path / "a.mp4", shades(30), "libx264", options=KEYS, muxing=AT_ONCE)
    spoil(path, [packets_of(path)[0]])
    with open_video(path) as video:
        frames = list(video)
    assert [number_of(frame) for frame in frames] == list(range(10, 30))
    assert frames[0].time_s == pytest.approx(1.0)
    assert video.missing_s == pytest.approx(1.0)


def test_a_film_without_a_whole_frame_is_one_sentence(tmp_path):
    path = write_film(tmp_path / "a.mp4", shades(8), "libx264", options=KEYS, muxing=AT_ONCE)
    spoil(path, packets_of(path))
    with pytest.raises(VideoError, match=r"a.mp4 holds no frame that can be decoded"):
        open_video(path)


def test_a_frame_that_cannot_be_converted_is_left_out(tmp_path, monkeypatch):
    class Refuses:
        def __init__(self):
            self.count, self.true = 0, VideoReformatter()

        def reformat(self, frame, **options):
            self.count += 1
            if self.count in (3, 4):
                raise FFmpegError(22, "Invalid argument")
            return self.true.reformat(frame, **options)

    path = write_film(tmp_path / "a.mp4", shades(8), "libx264")
    monkeypatch.setattr("core.video.upright.VideoReformatter", Refuses)
    with open_video(path) as video:
        assert [number_of(frame) for frame in video] == [0, 1, 4, 5, 6, 7]
    assert (video.frames_read, video.damaged_frames) == (6, 2)
    assert video.missing_s == pytest.approx(0.2)


def packet(pts, *, key=False, corrupt=False):
    return SimpleNamespace(
        pts=pts, is_keyframe=key, is_corrupt=corrupt, is_discard=False, __bytes__=None
    )


def frame(pts, *, key=False, corrupt=False):
    return SimpleNamespace(pts=pts, duration=10, key_frame=key, is_corrupt=corrupt)


@pytest.mark.parametrize("codec", ["vp7", "h264"])
def test_packets_inside_a_shown_frame_are_no_damage(codec):
    # Hidden pictures, which others are made from, and second halves of interlaced ones.
    losses = Losses(SimpleNamespace(codec_context=SimpleNamespace(name=codec)), "mpeg", 10)
    for number in range(20):
        losses.send(packet(10 * number, key=number == 0), is_after_hole=False)
        losses.send(packet(10 * number + 4), is_after_hole=False)
        assert losses.shows(frame(10 * number, key=number == 0))
    losses.finish()
    assert (losses.count, losses.is_troubled) == (0, False)


def test_packets_that_only_repeat_a_picture_are_no_damage_but_those_of_h264_are():
    counts = {}
    for codec in ("mpeg4", "h264"):
        losses = Losses(SimpleNamespace(codec_context=SimpleNamespace(name=codec)), "mpeg", 10)
        for number in range(20):
            losses.send(packet(10 * number, key=number == 0), is_after_hole=False)
            if number % 5 == 0:
                losses.shows(frame(10 * number, key=number == 0))
        losses.finish()
        counts[codec] = losses.count
    assert counts == {"mpeg4": 0, "h264": 19}


def test_a_recording_may_begin_with_frames_that_lean_on_others_from_before(tmp_path):
    losses = Losses(SimpleNamespace(codec_context=SimpleNamespace(name="h264")), "mpegts", 10)
    for pts, key in ((30, True), (10, False), (20, False), (40, False)):
        losses.send(packet(pts, key=key), is_after_hole=False)
    assert losses.shows(frame(30, key=True))
    assert losses.shows(frame(40))
    losses.finish()
    assert losses.count == 0
