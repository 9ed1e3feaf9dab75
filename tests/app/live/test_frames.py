import io
import struct

import cv2
import numpy as np
import pytest
from PIL import Image

from app.live.frames import (
    MAX_FRAME_BYTES,
    TimedFrame,
    decode_frame,
    unpack_clip,
    write_webm,
)
from core.errors import VideoError
from tests.app.live.doubles import jpeg, pack


def with_declared_size(data, width, height):
    """The same file with another size in its header."""
    start = data.index(b"\xff\xc0") + 5
    return data[:start] + struct.pack(">HH", height, width) + data[start + 4 :]


def test_a_jpeg_becomes_an_rgb_frame():
    frame = decode_frame(jpeg(level=180))
    assert frame.shape == (48, 64, 3)
    assert np.abs(frame[20, 20].astype(int) - (180, 40, 20)).max() < 8


def test_grey_jpegs_become_rgb():
    file = io.BytesIO()
    Image.fromarray(np.full((40, 40), 90, np.uint8)).save(file, "JPEG")
    assert decode_frame(file.getvalue()).shape == (40, 40, 3)


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xd8\xff", b"<svg/>", jpeg()[:200], b"\xff\xd8" + bytes(400)],
    ids=["empty", "magic only", "svg", "truncated", "zeros"],
)
def test_what_is_no_jpeg_is_refused_in_one_sentence(data):
    with pytest.raises(VideoError, match="not a readable JPEG"):
        decode_frame(data)


def test_a_png_is_refused_even_though_pillow_could_read_it():
    file = io.BytesIO()
    Image.new("RGB", (64, 64)).save(file, "PNG")
    with pytest.raises(VideoError, match="JPEG"):
        decode_frame(file.getvalue())


@pytest.mark.parametrize("size", [(16, 64), (1300, 64), (9000, 9000), (65000, 65000)])
def test_sizes_out_of_bounds_are_refused_before_unfolding(size):
    with pytest.raises(VideoError):
        decode_frame(with_declared_size(jpeg(), *size))


def test_a_large_file_is_refused():
    with pytest.raises(VideoError, match="300 kB"):
        decode_frame(jpeg() + bytes(MAX_FRAME_BYTES))


def test_a_packed_clip_is_taken_apart():
    frames = unpack_clip(pack([(1.5, b"abc"), (1.75, b"de")]))
    assert frames == [TimedFrame(1.5, b"abc"), TimedFrame(1.75, b"de")]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        pack([(0.0, b"a")]),
        pack([(0.0, b"a"), (0.0, b"b")]),
        pack([(1.0, b"a"), (0.5, b"b")]),
        pack([(0.0, b"a"), (float("nan"), b"b")]),
        pack([(0.0, b"a"), (40.0, b"b")]),
        pack([(0.0, b"a"), (1.0, b"b")])[:-1],
        pack([(0.0, b"a"), (1.0, b"b")]) + b"xx",
        pack([(number / 100, b"a") for number in range(2000)]),
    ],
    ids=["empty", "one", "same", "back", "nan", "long", "cut", "rest", "many"],
)
def test_a_damaged_clip_is_refused_in_one_sentence(data):
    with pytest.raises(VideoError, match="clip"):
        unpack_clip(data)


def test_a_clip_keeps_the_true_uneven_times(tmp_path):
    times_s = 7.0 + np.cumsum([0.0, 0.08, 0.11, 0.05, 1.4, 0.09, 0.3] + [0.07] * 20)
    frames = [
        TimedFrame(float(time_s), jpeg(320, 240, level=20 + 6 * place))
        for place, time_s in enumerate(times_s)
    ]
    path = tmp_path / "clip.webm"
    write_webm(frames, path)
    reader = cv2.VideoCapture(str(path))
    read_s, levels = [], []
    while (step := reader.read())[0]:
        read_s.append(reader.get(cv2.CAP_PROP_POS_MSEC) / 1000)
        levels.append(float(step[1][120, 160, 2]))
    assert np.allclose(read_s, times_s - times_s[0], atol=0.001)
    assert np.allclose(levels, 20 + 6 * np.arange(len(frames)), atol=12)
    assert list(tmp_path.iterdir()) == [path]


def test_frames_of_a_turned_phone_take_the_first_size(tmp_path):
    frames = [TimedFrame(0.0, jpeg(64, 48)), TimedFrame(0.1, jpeg(48, 64))]
    write_webm(frames, tmp_path / "clip.webm")
    reader = cv2.VideoCapture(str(tmp_path / "clip.webm"))
    shapes = [step[1].shape for _ in range(2) if (step := reader.read())[0]]
    assert shapes == [(48, 64, 3)] * 2


def test_a_damaged_picture_in_a_clip_leaves_no_file(tmp_path):
    frames = [TimedFrame(0.0, jpeg()), TimedFrame(0.1, b"damaged")]
    with pytest.raises(VideoError, match="JPEG"):
        write_webm(frames, tmp_path / "clip.webm")
    assert list(tmp_path.iterdir()) == []


def with_scans(data, count):
    """The same JPEG with further scans of ten bytes, which a decoder all goes through."""
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x00\x00"
    return data[:-2] + scan * count + data[-2:]


def test_a_frame_of_many_scans_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("decoded"))
    with pytest.raises(VideoError, match="scans"):
        decode_frame(with_scans(jpeg(), 20))


def test_progressive_frames_are_read():
    file = io.BytesIO()
    Image.fromarray(np.full((40, 40, 3), 90, np.uint8)).save(file, "JPEG", progressive=True)
    assert file.getvalue().count(b"\xff\xda") > 5
    assert decode_frame(file.getvalue()).shape == (40, 40, 3)


@pytest.mark.parametrize(
    "sizes", [[(64, 48)] * 4, [(64, 48), (32, 32), (32, 32), (32, 32)], [(32, 32), *[(96, 96)] * 3]]
)
def test_a_clip_has_a_limit_on_what_is_read_and_written(sizes, tmp_path, monkeypatch):
    frames = [TimedFrame(float(time_s), jpeg(*size)) for time_s, size in enumerate(sizes)]
    monkeypatch.setattr("app.live.frames.MAX_CLIP_PIXELS", 4 * 64 * 48 - 1)
    with pytest.raises(VideoError, match="pixels"):
        write_webm(frames, tmp_path / "clip.webm")
    assert not list(tmp_path.iterdir())
