import struct
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import VideoError
from core.video import VideoLimits, open_video

ROOT = Path(__file__).parents[2]


def counted(count, width=64, height=48):
    """Grey images that get brighter, so that each frame tells its number."""
    return [np.full((height, width, 3), 10 + 15 * number, np.uint8) for number in range(count)]


def read(path, limits=None):
    with open_video(path, limits or VideoLimits()) as video:
        return video, list(video)


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
