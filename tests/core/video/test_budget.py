"""What a video costs is known, told and bounded."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from core.errors import VideoError
from core.pacing import pace
from core.video import VideoLimits, open_video
from core.video.upright import Painter
from tests.core.films import shades, write_film


class CancelledError(Exception):
    pass


class Watcher:
    """Counts calls and cancels after some."""

    def __init__(self, most=10**9):
        self.times, self.ends, self.most = [], set(), most

    def __call__(self, reached_s, stated_s):
        self.times.append(reached_s)
        self.ends.add(stated_s)
        if len(self.times) > self.most:
            raise CancelledError


@pytest.fixture
def crowded(tmp_path):
    """500 frames a tenth of a millisecond apart: to a curve they are one."""
    times_s = [number * 1e-3 for number in range(500)]
    return write_film(
        tmp_path / "crowded.mkv", shades(1) * 500, "libx264", times_s=times_s, fps=1000
    )


def test_frames_that_nobody_looks_at_are_told_nevertheless(crowded):
    watcher = Watcher()
    with open_video(crowded, watch=watcher) as video:
        looked_at = list(pace(video))
    assert len(looked_at) < 20
    assert len(watcher.times) >= 500
    assert watcher.times == sorted(watcher.times)
    assert video.frames_read == 500


def test_a_watcher_cancels_between_two_frames_that_nobody_looks_at(crowded):
    watcher = Watcher(most=200)
    with pytest.raises(CancelledError), open_video(crowded, watch=watcher) as video:
        list(pace(video))
    assert len(watcher.times) == 201


def test_a_watcher_cancels_while_a_file_is_being_opened(tmp_path):
    path = write_film(tmp_path / "a.mp4", shades(20))
    with pytest.raises(CancelledError):
        open_video(path, watch=Watcher(most=0))


def test_a_watcher_is_told_the_stated_end(tmp_path):
    watcher = Watcher()
    with open_video(write_film(tmp_path / "a.mp4", shades(20)), watch=watcher) as video:
        list(video)
    assert sorted(watcher.ends - {None}) == [pytest.approx(2.0)]


def test_pictures_are_watched_too(tmp_path):
    images = [Image.new("L", (8, 8), number) for number in range(9)]
    images[0].save(tmp_path / "a.gif", save_all=True, append_images=images[1:], duration=50)
    for number, image in enumerate(images):
        (tmp_path / "folder").mkdir(exist_ok=True)
        image.save(tmp_path / "folder" / f"{number}.png")
    for name in ("a.gif", "folder"):
        watcher = Watcher()
        with open_video(tmp_path / name, watch=watcher) as video:
            assert len(list(video)) == 9
        assert len(watcher.times) == 9


def test_frames_that_pace_leaves_out_are_not_painted(tmp_path, monkeypatch):
    painted = []
    true = Painter.paint
    monkeypatch.setattr(Painter, "paint", lambda *given: painted.append(1) or true(*given))
    path = write_film(tmp_path / "a.mp4", shades(1) * 120, fps=60)
    with open_video(path) as video:
        looked_at = len(list(pace(video)))
    assert looked_at == len(painted) < 40


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (VideoLimits(frames=10), "a.mp4 has more than the limit of 10 frames; cut a shorter"),
        (VideoLimits(total_px=30_000), "a.mp4 has more than the limit of .* pixels in all"),
        (
            VideoLimits(frame_px=3000),
            "a.mp4 cannot be decoded: .* the limit of 0.003 million pixels",
        ),
    ],
)
def test_what_is_over_a_limit_is_refused(tmp_path, limits, message):
    path = write_film(tmp_path / "a.mp4", shades(20))
    with pytest.raises(VideoError, match=message), open_video(path, limits) as video:
        list(video)


def test_the_limits_are_for_films_as_telephones_make_them():
    limits = VideoLimits()
    assert limits.frames >= 600 * 240
    assert limits.total_px >= 600 * 60 * 3840 * 2160
    assert limits.frame_px >= 7680 * 4320


def large(path, codec, container, size=(1200, 800), **options):
    images = [np.zeros((size[1], size[0], 3), np.uint8)]
    return write_film(path, images, codec, container=container, fps=25, **options)


@pytest.mark.parametrize(
    ("codec", "container", "pixels"),
    [
        ("libvpx", "webm", "yuv420p"),
        ("libx264", "mp4", "yuv420p"),
        ("libx264", "mpegts", "yuv420p"),
        ("libx264", "flv", "yuv420p"),
        ("mpeg2video", "mpeg", "yuv420p"),
        ("mjpeg", "avi", "yuvj420p"),
        ("png", "mov", "rgb24"),
    ],
)
def test_a_large_frame_is_refused_before_it_is_decoded(
    tmp_path, monkeypatch, codec, container, pixels
):
    path = large(tmp_path / "large", codec, container, pixels=pixels)

    def refuse(*_):
        raise AssertionError("painted")

    monkeypatch.setattr("core.video.upright.Painter.paint", refuse)
    with pytest.raises(VideoError, match=r"1200×800 pixels, more than the limit of 0.5 million"):
        open_video(path, VideoLimits(frame_px=500_000))


def test_frames_that_grow_over_the_limit_in_mid_stream_are_not_decoded(tmp_path):
    small = write_film(tmp_path / "small.ts", shades(20), "libx264", fps=25)
    grown = large(tmp_path / "grown.ts", "libx264", "mpegts")
    path = tmp_path / "both.ts"
    path.write_bytes(small.read_bytes() + grown.read_bytes())
    with open_video(path, VideoLimits(frame_px=500_000)) as video:
        frames = list(video)
    assert len(frames) == 20
    assert video.damaged_frames >= 1


def test_a_stream_without_a_length_is_refused_by_its_own_times_and_early(tmp_path, monkeypatch):
    times_s = [20.0 * number for number in range(61)]  # 20 minutes in 61 frames
    path = write_film(
        tmp_path / "live.webm", shades(1) * 61, "libvpx", times_s=times_s, muxing={"live": "1"}
    )

    def refuse(*_):
        raise AssertionError("decoded")

    monkeypatch.setattr("core.video.container.Pass", refuse)
    with pytest.raises(VideoError, match=r"live.webm is longer than the limit of 600 s"):
        open_video(path)
    monkeypatch.undo()
    with open_video(path, VideoLimits(duration_s=1200.0)) as video:
        assert video.stated_s is None
        assert len(list(video)) == 61


def png(width, height):
    """The head of a picture, and no pixels."""
    data = io.BytesIO()
    Image.new("1", (1, 1)).save(data, "PNG")
    head = bytearray(data.getvalue())
    head[16:24] = struct.pack(">II", width, height)
    head[29:33] = struct.pack(">I", zlib.crc32(head[12:29]))
    return bytes(head)


def gif(width, height):
    data = io.BytesIO()
    Image.new("L", (1, 1)).save(data, "GIF")
    head = bytearray(data.getvalue())
    head[6:10] = struct.pack("<HH", width, height)
    return bytes(head)


def bmp(width, height):
    data = io.BytesIO()
    Image.new("1", (1, 1)).save(data, "BMP")
    head = bytearray(data.getvalue())
    head[18:26] = struct.pack("<II", width, height)
    return bytes(head)


def jpeg(width, height):
    data = io.BytesIO()
    Image.new("L", (8, 8)).save(data, "JPEG")
    head = bytearray(data.getvalue())
    place = head.index(b"\xff\xc0") + 5
    head[place : place + 4] = struct.pack(">HH", height, width)
    return bytes(head)


@pytest.mark.parametrize("make", [png, gif, bmp, jpeg])
@pytest.mark.parametrize("size", [(8000, 6000), (16_000, 12_500)])
def test_a_photo_of_many_pixels_is_told_the_limit(tmp_path, make, size):
    (tmp_path / "photo").write_bytes(make(*size))
    with pytest.raises(VideoError, match=r"photo .*more .*than the limit of 40 million; reduce it"):
        open_video(tmp_path / "photo")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "1.png").write_bytes(make(*size))
    with pytest.raises(VideoError, match=r"more .*than the limit of 40 million"):
        open_video(folder)


def test_a_gif_that_grows_is_refused_before_its_large_frame_is_decoded(tmp_path):
    images = [Image.new("P", (8, 8), number) for number in range(3)]
    data = io.BytesIO()
    images[0].save(data, "GIF", save_all=True, append_images=images[1:], duration=50)
    grown = bytearray(data.getvalue())
    places = [at for at in range(len(grown)) if grown[at : at + 5] == b"\x2c\0\0\0\0"]
    grown[places[-1] + 5 : places[-1] + 9] = struct.pack("<HH", 9000, 9000)
    (tmp_path / "a.gif").write_bytes(grown)
    with (
        pytest.raises(VideoError, match=r"a.gif .*more .*than the limit of 40 million"),
        open_video(tmp_path / "a.gif") as video,
    ):
        list(video)
