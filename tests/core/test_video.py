import struct
import subprocess
import sys
import wave
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.errors import VideoError
from core.video import VideoLimits, open_video

ROOT = Path(__file__).parents[2]


def counted(count, width=64, height=48):
    """Grey images that get brighter, so that each frame tells its number."""
    return [np.full((height, width, 3), 10 + 15 * number, np.uint8) for number in range(count)]


def number_of(frame):
    return round((float(frame.image.mean()) - 10) / 15)


def read(path, limits=None):
    with open_video(path, limits or VideoLimits()) as video:
        return video, list(video)


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
    a, b, c, d = (value << 16 for value in matrix)
    identity = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    rotation = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    data = path.read_bytes()
    start = data.index(identity, data.index(b"tkhd"))
    path.write_bytes(data[:start] + rotation + data[start + len(rotation) :])
    video, frames = read(path)
    assert video.frame_size == size
    assert frames[0].image.shape[1::-1] == size
    quarters = [(0, 0), (0, -1), (-1, 0), (-1, -1)]
    brightest = max(quarters, key=lambda at: frames[0].image[at].sum())
    assert brightest == corner


def test_large_frames_are_averaged_down_and_the_scale_says_by_how_much(write_video):
    image = np.zeros((200, 400, 3), np.uint8)
    image[:, ::2] = 200
    path = write_video("large.avi", [image] * 2)
    video, frames = read(path, VideoLimits(longest_px=100))
    assert video.frame_size == (400, 200)
    assert video.scale == pytest.approx(0.25)
    assert frames[0].image.shape == (50, 100, 3)
    assert abs(frames[0].image.astype(float) - 100).max() < 15


def test_a_stated_length_over_the_limit_is_refused_before_decoding(write_video):
    path = write_video("long.mp4", counted(15))
    with pytest.raises(VideoError, match=r"long.mp4 is longer than the limit of 1 s"):
        open_video(path, VideoLimits(duration_s=1.0))
    assert len(read(path, VideoLimits(duration_s=1.5))[1]) == 15


def test_an_unstated_length_is_refused_when_the_limit_is_passed(tmp_path):
    from PIL import Image

    images = [Image.new("L", (8, 8), number) for number in range(9)]
    images[0].save(tmp_path / "a.gif", save_all=True, append_images=images[1:], duration=500)
    seen = []
    with (
        pytest.raises(VideoError, match="longer than the limit of 2 s"),
        open_video(tmp_path / "a.gif", VideoLimits(duration_s=2.0)) as video,
    ):
        seen.extend(frame.time_s for frame in video)
    assert seen == [0, 0.5, 1, 1.5, 2]


def test_a_frame_larger_than_the_limit_is_refused(write_video):
    path = write_video("wide.avi", [np.zeros((10, 10_000, 3), np.uint8)])
    with pytest.raises(VideoError, match="10000×10 pixels, more than the limit of 5000"):
        open_video(path, VideoLimits(longest_side_px=5000))


def test_a_very_wide_video_is_read(write_video):
    video, frames = read(write_video("wide.avi", [np.full((10, 10_000, 3), 9, np.uint8)] * 2))
    assert video.frame_size == (10_000, 10)
    assert frames[1].image.shape == (1, 1280, 3)


@pytest.mark.parametrize("count", [1, 2])
def test_a_video_of_one_or_two_frames_is_a_video(write_video, count):
    video, frames = read(write_video("short.mp4", counted(count)))
    assert len(frames) == count
    assert video.duration_s == pytest.approx(count / 10)


def test_a_file_that_breaks_off_gives_the_frames_before_and_a_warning(write_video, caplog):
    noise = np.random.default_rng(0).integers(0, 255, (40, 48, 64, 3), np.uint8)
    path = write_video("broken.avi", list(noise))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    _, frames = read(path)
    assert 5 < len(frames) < 35
    assert "broken.avi breaks off at" in caplog.text


def audio_only(path):
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(16_000))


def truncated(path):
    path.write_bytes(struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 512) + bytes(4000))


@pytest.mark.parametrize(
    ("name", "make", "message"),
    [
        ("gone.mp4", str, "gone.mp4 does not exist"),
        ("empty.mp4", lambda path: path.touch(), r"empty.mp4 is empty \(0 bytes\)"),
        ("folder", lambda path: path.mkdir(), "the folder folder holds no frame images"),
        ("text.mp4", lambda path: path.write_text("Grüße, " * 200), "is a text file, not a video"),
        ("list.mp4", lambda path: path.write_text("#EXTM3U\nhttp://a/b.ts"), "is a text file"),
        ("cut.mp4", truncated, "cannot be read as a video: it is cut off"),
        (
            "noise.mp4",
            lambda path: path.write_bytes(b"\x83\x10\x00\xfe" * 999),
            "cannot be read as a video",
        ),
        ("sound.mp4", audio_only, r"cannot be read as a video.*holds sound only"),
    ],
)
def test_what_is_no_video_gets_one_sentence(tmp_path, name, make, message):
    make(tmp_path / name)
    with pytest.raises(VideoError, match=message) as caught:
        open_video(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_nothing_is_printed_about_a_damaged_file(tmp_path):
    truncated(tmp_path / "cut.mp4")
    # In a process of its own: FFmpeg's chatter is decided when the first video is opened.
    program = (
        "import sys\n"
        "from core.errors import VideoError\n"
        "from core.video import open_video\n"
        "try:\n"
        "    open_video(sys.argv[1])\n"
        "except VideoError:\n"
        "    print('refused')\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "cut.mp4"],
        capture_output=True,
        check=True,
        cwd=ROOT,
    )
    assert (result.stdout.strip(), result.stderr) == (b"refused", b"")


def test_a_container_without_frames_gets_one_sentence(write_video):
    path = write_video("none.avi", counted(1))
    # Name the stream's only data chunk something else, in the data and in the index.
    path.write_bytes(path.read_bytes().replace(b"00dc", b"JUNK"))
    with pytest.raises(VideoError, match=r"none.avi is a video without a single frame"):
        open_video(path)


def test_a_file_that_may_not_be_read_gets_one_sentence(monkeypatch, write_video):
    path = write_video("private.mp4", counted(1))

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(VideoError, match=r"private.mp4 cannot be read \(Permission denied\)"):
        open_video(path)


def test_a_video_is_read_in_one_pass(write_video):
    with open_video(write_video("once.mp4", counted(2))) as video:
        assert len(list(video)) == 2
        with pytest.raises(ValueError, match="one pass"):
            iter(video)
