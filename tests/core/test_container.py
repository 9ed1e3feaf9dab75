import re
import struct

import cv2
import numpy as np
import pytest

from core.errors import VideoError
from core.video import VideoLimits, open_video


def counted(count, width=64, height=48):
    """Grey images that get brighter, so that each frame tells its number."""
    return [np.full((height, width, 3), 10 + 15 * number, np.uint8) for number in range(count)]


def read(path, limits=None):
    with open_video(path, limits or VideoLimits()) as video:
        return video, list(video)


def number_of(frame):
    return round((float(frame.image.mean()) - 10) / 15)


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.avi", "a.webm"])
def test_every_container_gives_every_frame_in_order_at_its_time(write_video, name):
    video, frames = read(write_video(name, counted(12)))
    assert [frame.index for frame in frames] == list(range(12))
    assert [number_of(frame) for frame in frames] == list(range(12))
    assert [frame.time_s for frame in frames] == pytest.approx([i / 10 for i in range(12)])
    assert frames[0].image.shape == (48, 64, 3)
    assert frames[0].image.dtype == np.uint8
    assert (video.frame_size, video.scale) == ((64, 48), 1.0)
    assert (video.stated_frames, video.frames_read) == (12, 12)
    assert video.duration_s == pytest.approx(1.2)
    assert video.stated_s == pytest.approx(1.2)


def test_colours_are_rgb(write_video):
    image = np.zeros((48, 64, 3), np.uint8)
    image[..., 0] = 200
    _, frames = read(write_video("red.avi", [image] * 2))
    assert frames[0].image[..., 0].mean() > 180
    assert frames[0].image[..., 1:].mean() < 20


def test_a_grey_video_has_three_equal_channels(write_video):
    video = write_video("grey.avi", [image[..., 0] for image in counted(3)])
    _, frames = read(video)
    assert frames[2].image.shape == (48, 64, 3)
    assert np.ptp(frames[2].image.astype(int), axis=2).max() <= 2


def blank_element(data, identifier):
    """Turn an EBML element with a one-byte size into a Void one of the same length."""
    start = data.find(identifier)
    if start < 0:
        return data
    end = start + len(identifier) + 1 + (data[start + len(identifier)] & 0x7F)
    return (
        data[:start]
        + b"\xec"
        + bytes([0x80 + end - start - 2])
        + bytes(end - start - 2)
        + data[end:]
    )


def test_a_browser_recording_without_length_is_read_by_its_own_times(write_video):
    path = write_video("recording.webm", counted(8))
    duration, default_duration = b"\x44\x89", b"\x23\xe3\x83"
    data = blank_element(path.read_bytes(), duration)
    path.write_bytes(blank_element(data, default_duration))
    capture = cv2.VideoCapture(str(path))
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) < 0
    capture.release()
    video, frames = read(path)
    assert (video.stated_frames, video.stated_s) == (None, None)
    assert [frame.time_s for frame in frames] == pytest.approx([i / 10 for i in range(8)])
    assert video.duration_s == pytest.approx(0.8)


def test_a_recording_that_starts_late_has_the_times_of_a_browsers_player(write_video):
    path = write_video("late.webm", counted(8))
    late_ms = 20_000
    # Each SimpleBlock (0xA3): size, track 1 as 0x81, then the time as a 16-bit number.
    block = re.compile(rb"(\xa3(?:[\x81-\xff]|[\x40-\x7f].)\x81)(..)", re.DOTALL)

    def delay(found):
        (time_ms,) = struct.unpack(">h", found[2])
        return found[1] + struct.pack(">h", time_ms + late_ms)

    data, count = block.subn(delay, path.read_bytes())
    assert count == 8
    start = data.index(b"\x44\x89\x88") + 3
    path.write_bytes(data[:start] + struct.pack(">d", late_ms + 800.0) + data[start + 8 :])
    video, frames = read(path, VideoLimits(duration_s=10))
    assert [frame.time_s for frame in frames] == pytest.approx([20 + i / 10 for i in range(8)])
    assert (video.stated_s, video.duration_s) == pytest.approx((20.8, 20.8))


def insert_into_box(data, path, at, extra):
    """Insert bytes into an mp4 box and lengthen every box around it."""
    for kind in path:
        start = data.index(kind, data.index(b"moov")) - 4
        (size,) = struct.unpack_from(">I", data, start)
        data = data[:start] + struct.pack(">I", size + len(extra)) + data[start + 4 :]
    return data[:at] + extra + data[at:]


def test_frames_of_uneven_length_keep_their_true_times(write_video):
    path = write_video("uneven.mp4", counted(6))
    data = path.read_bytes()
    # The table of sample times holds one entry: 6 samples of one length. It becomes 2 of half the
    # length and 4 of five quarters, which add up to the same.
    entry = data.index(b"stts") + 12
    count, length = struct.unpack_from(">II", data, entry)
    assert (count, length % 4) == (6, 0)
    table = struct.pack(">IIII", 2, 2, length // 2, 4) + struct.pack(">I", length * 5 // 4)
    data = data[: entry - 4] + table[:12] + data[entry + 8 :]
    boxes = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stts")
    path.write_bytes(insert_into_box(data, boxes, entry + 8, table[12:]))
    _, frames = read(path)
    expected = [0, 0.05, 0.1, 0.225, 0.35, 0.475]
    assert [frame.time_s for frame in frames] == pytest.approx(expected)
    assert [number_of(frame) for frame in frames] == list(range(6))


def display_by(path, matrix):
    """Give an mp4 the matrix by which players turn and stretch its frames."""
    a, b, c, d = (round(value * (1 << 16)) for value in matrix)
    identity = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    wanted = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    data = path.read_bytes()
    start = data.index(identity, data.index(b"tkhd"))
    path.write_bytes(data[:start] + wanted + data[start + len(wanted) :])


@pytest.mark.parametrize(
    ("matrix", "size", "corner"),
    [
        ((0, 1, -1, 0), (48, 64), (0, -1)),
        ((-1, 0, 0, -1), (64, 48), (-1, -1)),
        ((0, -1, 1, 0), (48, 64), (-1, 0)),
    ],
    ids=["90", "180", "270"],
)
def test_rotated_recordings_stand_upright(write_video, matrix, size, corner):
    image = np.zeros((48, 64, 3), np.uint8)
    image[:16, :16] = 250  # top left before the rotation
    path = write_video("phone.mp4", [image] * 3)
    display_by(path, matrix)
    video, frames = read(path)
    assert video.frame_size == size
    assert frames[0].image.shape[1::-1] == size
    quarters = [(0, 0), (0, -1), (-1, 0), (-1, -1)]
    brightest = max(quarters, key=lambda at: frames[0].image[at].sum())
    assert brightest == corner


@pytest.mark.parametrize(
    ("matrix", "size"),
    [
        ((1.5, 0, 0, 1), (96, 48)),
        ((0.75, 0, 0, 1), (48, 48)),
        ((9, 0, 0, 1), (64, 48)),  # no film has such pixels
    ],
    ids=["wide", "narrow", "damaged"],
)
def test_pixels_that_are_not_square_are_made_square(write_video, matrix, size):
    path = write_video("film.mp4", counted(3))
    display_by(path, matrix)
    video, frames = read(path)
    assert video.frame_size == size
    assert {frame.image.shape[1::-1] for frame in frames} == {size}
    assert [number_of(frame) for frame in frames] == [0, 1, 2]


def test_stored_pixels_are_made_square_along_their_own_side(write_video):
    path = write_video("film.mp4", counted(3))
    display_by(path, (0, 1, -1, 0))
    boxes = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"mp4v")
    data = path.read_bytes()
    children = data.index(b"mp4v", data.index(b"stsd")) + 82
    shape = struct.pack(">I4sII", 16, b"pasp", 3, 2)
    path.write_bytes(insert_into_box(data, boxes, children, shape))
    assert read(path)[0].frame_size == (48, 96)


def test_the_length_of_a_side_is_that_with_square_pixels(write_video):
    path = write_video("film.mp4", counted(3))
    display_by(path, (2, 0, 0, 1))
    with pytest.raises(VideoError, match="128×48 pixels, more than the limit of 100"):
        read(path, VideoLimits(longest_side_px=100))


def test_a_file_that_breaks_off_gives_the_frames_before_and_a_warning(write_video, caplog):
    noise = np.random.default_rng(0).integers(0, 255, (40, 48, 64, 3), np.uint8)
    path = write_video("broken.avi", list(noise))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    video, frames = read(path)
    assert 5 < len(frames) < 35
    assert video.breaks_off_at_s == pytest.approx(len(frames) / 10)
    assert video.missing_s == pytest.approx(4 - len(frames) / 10)
    assert "breaks off at" in caplog.text
    assert "broken" not in caplog.text  # what happened, not to whose clip


def test_a_container_without_frames_gets_one_sentence(write_video):
    path = write_video("none.avi", counted(1))
    # Name the stream's only data chunk something else, in the data and in the index.
    path.write_bytes(path.read_bytes().replace(b"00dc", b"JUNK"))
    with pytest.raises(VideoError, match=r"none.avi is a video without a single frame"):
        open_video(path)
