"""Scans are counted before a decoder goes over the picture for each of them."""

import io

import numpy as np
import pytest
from PIL import Image

from core.errors import VideoError
from core.video import open_video
from core.video.jpeg import MOST_SCANS, count_scans, is_motion, stated_size
from tests.core.films import scenes, write_film

NOISE = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)


def jpeg(size=(64, 48), mode="RGB", **options):
    data = io.BytesIO()
    Image.fromarray(NOISE).resize(size).convert(mode).save(data, "JPEG", quality=90, **options)
    return data.getvalue()


def bomb(scans):
    """A progressive picture whose last scan comes again and again."""
    data = jpeg(progressive=True)
    start = data.rindex(b"\xff\xda")
    return data[:start] + data[start:-2] * scans + data[-2:]


@pytest.mark.parametrize(
    ("options", "scans"),
    [
        ({}, 1),
        ({"progressive": True}, 10),
        ({"progressive": True, "mode": "L"}, 6),
        ({"progressive": True, "mode": "CMYK"}, 18),
        ({"exif": b"Exif\0\0" + jpeg(progressive=True)[:4000]}, 1),  # a thumbnail's scans
        ({"comment": b"\xff\xda" * 500}, 1),
    ],
)
def test_scans_of_the_picture_itself_are_counted(options, scans):
    assert count_scans(jpeg(**options)) == scans <= MOST_SCANS


def test_counting_stops_when_it_is_enough():
    assert count_scans(bomb(5000)) == MOST_SCANS + 1
    endless = b"\xff\xd8" + b"\xff\xfe\0\2" * 100_000
    assert count_scans(endless) == MOST_SCANS + 1


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\xff\xd8\xff", b"\xff\xd8\xff\xda\xff"])
def test_fragments_are_counted_without_an_error(data):
    assert count_scans(data) <= 1
    assert stated_size(data) is None
    assert not is_motion(data)


def test_a_photo_of_too_many_scans_is_refused_before_it_is_decoded(tmp_path, monkeypatch):
    def refuse(*_):
        raise AssertionError("decoded")

    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "a.jpg", tmp_path / "folder" / "1.jpg"):
        path.write_bytes(bomb(200))
    monkeypatch.setattr("core.video.still.to_rgb", refuse)
    for name in ("a.jpg", "folder"):
        with pytest.raises(VideoError, match="is a JPEG of more than 32 scans"):
            open_video(tmp_path / name)


def test_a_film_frame_of_too_many_scans_is_left_out(tmp_path):
    path = write_film(tmp_path / "a.avi", scenes(6, 64, 48), "mjpeg", pixels="yuvj420p")
    data = path.read_bytes()
    start = data.index(b"00dc", data.index(b"movi")) + 8
    size = int.from_bytes(data[start - 4 : start], "little")
    full = bomb(200)
    # A frame of the film becomes the bomb; the list around it gets longer.
    path.write_bytes(
        data[: start - 4]
        + len(full).to_bytes(4, "little")
        + full
        + bytes(len(full) % 2)
        + data[start + size + size % 2 :]
    )
    with open_video(path) as video:
        frames = list(video)
    assert 1 <= len(frames) <= 5
    assert video.damaged_frames >= 1


def test_a_raw_film_of_jpeg_pictures_gives_all_of_them(tmp_path):
    path = write_film(
        tmp_path / "camera.mjpeg", scenes(9), "mjpeg", container="mjpeg", pixels="yuvj420p"
    )
    with open_video(path) as video:
        frames = list(video)
    assert [frame.time_s for frame in frames] == pytest.approx([n / 25 for n in range(9)])
    assert np.abs(frames[8].image.astype(int) - scenes(9)[8]).mean() < 8


@pytest.mark.parametrize("appended", [jpeg((16, 12)), b"\0\0\0\x18ftypmp42" + bytes(99), b"end"])
def test_a_photo_with_something_appended_is_a_photo(tmp_path, appended):
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg() + appended)
    with open_video(path) as video:
        assert len(list(video)) == 1
        assert video.frame_size == (64, 48)
