import io
import logging

import cv2
import numpy as np
import pytest
from PIL import Image

from core.errors import VideoError
from core.video import NOMINAL_FPS, VideoLimits, open_video
from core.video.pictures import natural_key


def read(path, limits=None):
    with open_video(path, limits or VideoLimits()) as video:
        return video, list(video)


def save_animation(path, durations, size=(16, 12), **options):
    images = [Image.new("RGB", size, (40 * number, 0, 0)) for number in range(len(durations))]
    images[0].save(path, save_all=True, append_images=images[1:], duration=durations, **options)
    return path


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png"])
def test_animations_keep_the_frame_times_of_the_file(tmp_path, name):
    options = {"lossless": True} if name.endswith("webp") else {}
    path = save_animation(tmp_path / name, [40, 200, 80, 120], **options)
    video, frames = read(path)
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.04, 0.24, 0.32])
    assert video.duration_s == pytest.approx(0.44)
    assert [int(frame.image[5, 5, 0]) for frame in frames] == [0, 40, 80, 120]
    assert (video.stated_frames, video.stated_s) == (None, None)


def test_a_gif_without_frame_times_runs_as_in_a_browser(tmp_path):
    _, frames = read(save_animation(tmp_path / "a.gif", [0, 0, 0]))
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.1, 0.2])


def test_the_stand_in_image_of_an_animated_png_is_left_out(tmp_path):
    images = [Image.new("RGB", (8, 8), (value, 0, 0)) for value in (255, 10, 20)]
    images[0].save(
        tmp_path / "a.png", save_all=True, append_images=images[1:], default_image=True, duration=50
    )
    _, frames = read(tmp_path / "a.png")
    assert [int(frame.image[0, 0, 0]) for frame in frames] == [10, 20]
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.05])


@pytest.mark.parametrize("name", ["a.gif", "a.png"])
def test_an_animation_that_breaks_off_gives_the_frames_before(tmp_path, caplog, name):
    noise = np.random.default_rng(0).integers(0, 255, (6, 64, 64, 3), np.uint8)
    images = [Image.fromarray(pixels) for pixels in noise]
    whole = tmp_path / name
    images[0].save(whole, save_all=True, append_images=images[1:], duration=50)
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    with caplog.at_level(logging.WARNING):
        video, frames = read(whole)
    assert 1 <= len(frames) < 6
    assert video.damaged_frames == 1
    assert f"breaks off after {len(frames)} frames" in caplog.text
    assert name not in caplog.text


def test_a_gif_that_breaks_off_in_the_head_of_its_second_frame_gives_the_first(tmp_path):
    path = save_animation(tmp_path / "a.gif", [50, 50])
    data = path.read_bytes()
    second = data.index(b"\x2c", data.index(b"\x2c") + 1)
    for end in range(second, second + 12):
        path.write_bytes(data[:end])
        assert len(read(path)[1]) == 1


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.bmp", "a.webp", "a.gif"])
def test_a_still_is_a_video_of_one_frame(tmp_path, name):
    Image.new("RGB", (20, 10), (255, 255, 255)).save(tmp_path / name)
    video, frames = read(tmp_path / name)
    assert (len(frames), video.frame_size, video.stated_frames) == (1, (20, 10), 1)
    assert video.duration_s == pytest.approx(1 / NOMINAL_FPS)


def test_what_a_file_holds_counts_not_its_name(tmp_path):
    save_animation(tmp_path / "a.gif", [50, 50]).rename(tmp_path / "a.mp4")
    assert len(read(tmp_path / "a.mp4")[1]) == 2


def test_a_folder_is_read_in_natural_order_at_the_nominal_rate(tmp_path):
    for number in (10, 2, 1):
        Image.new("RGB", (8, 8), (number, 0, 0)).save(tmp_path / f"frame {number}.png")
    (tmp_path / "notes.txt").write_text("not a frame")
    (tmp_path / ".hidden.png").write_text("not a frame")
    (tmp_path / "old.png").mkdir()
    video, frames = read(tmp_path)
    assert [int(frame.image[0, 0, 0]) for frame in frames] == [1, 2, 10]
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.04, 0.08])
    assert (video.stated_frames, video.stated_s) == (3, pytest.approx(0.12))


def test_natural_order_mixes_words_and_numbers():
    names = ["b.png", "2b.png", "A10.png", "a9.png", "10.png", "2.png", "02.png"]
    assert sorted(names, key=natural_key) == [
        "02.png", "2.png", "2b.png", "10.png", "a9.png", "A10.png", "b.png",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["1.JPG", "1.jpeg", "1.bmp", "1.webp"])
def test_folders_may_hold_other_image_formats(tmp_path, name):
    Image.new("RGB", (8, 8), (200, 200, 200)).save(tmp_path / name)
    _, frames = read(tmp_path)
    assert abs(int(frames[0].image.mean()) - 200) <= 2


def test_a_broken_image_in_a_folder_is_named(tmp_path):
    folder = tmp_path / "clip"
    folder.mkdir()
    for number in (1, 2, 3):
        Image.new("RGB", (8, 8)).save(folder / f"{number}.png")
    (folder / "2.png").write_bytes((folder / "1.png").read_bytes()[:40])
    with (
        pytest.raises(VideoError, match=r"clip/2.png is not a readable image"),
        open_video(folder) as video,
    ):
        list(video)


def test_images_of_another_shape_are_centred_on_the_first_ones_size(tmp_path):
    Image.new("RGB", (40, 20), (9, 9, 9)).save(tmp_path / "1.png")
    Image.new("RGB", (30, 30), (90, 90, 90)).save(tmp_path / "2.png")
    video, frames = read(tmp_path)
    assert video.frame_size == (40, 20)
    assert frames[1].image.shape == (20, 40, 3)
    assert (frames[1].image[:, 10:30] == 90).all()
    assert (frames[1].image[:, :10] == 0).all()
    assert (frames[1].image[:, 30:] == 0).all()


def test_transparency_shows_white(tmp_path):
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[:, 2:] = (10, 20, 30, 255)
    pixels[0, 0] = (0, 0, 0, 51)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    _, (frame,) = read(tmp_path / "a.png")
    assert frame.image[3, 0].tolist() == [255, 255, 255]
    assert frame.image[3, 3].tolist() == [10, 20, 30]
    assert frame.image[0, 0].tolist() == [204, 204, 204]  # a fifth black


def test_a_transparent_gif_shows_white(tmp_path):
    image = Image.new("P", (4, 4), 0)
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((0, 0), 1)
    image.save(tmp_path / "a.gif", transparency=0)
    _, (frame,) = read(tmp_path / "a.gif")
    assert frame.image[0, 0].tolist() == [0, 0, 255]
    assert frame.image[3, 3].tolist() == [255, 255, 255]


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bits_become_eight(tmp_path, channels):
    ramp = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    image = ramp if channels == 1 else np.dstack([ramp] * channels)
    if channels == 4:
        image[..., 3] = 65535
    cv2.imwrite(str(tmp_path / "a.png"), image)
    _, (frame,) = read(tmp_path / "a.png")
    expected = np.repeat((ramp >> 8)[..., None], 3, 2)
    assert abs(frame.image.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "CMYK"])
def test_other_colour_models_become_rgb(tmp_path, mode):
    name = "a.jpg" if mode == "CMYK" else "a.png"
    Image.new("RGB", (8, 8), "white").convert(mode).save(tmp_path / name)
    _, (frame,) = read(tmp_path / name)
    assert frame.image.shape == (8, 8, 3)
    assert frame.image.min() >= 250


def test_a_photograph_is_turned_by_its_camera_tag(tmp_path):
    image = Image.new("RGB", (20, 10), "black")
    image.paste("white", (0, 0, 5, 5))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held a quarter turn: show it turned clockwise
    image.save(tmp_path / "1.jpg", exif=exif, quality=95)
    video, (frame,) = read(tmp_path)
    assert video.frame_size == (10, 20)
    assert frame.image[0, -1].min() > 200
    assert frame.image[0, 0].max() < 50


@pytest.mark.parametrize("size", [(1, 1), (10_000, 10), (10, 10_000)])
def test_strange_sizes_are_read(tmp_path, size):
    video, frames = read(save_animation(tmp_path / "a.gif", [50, 50], size))
    assert video.frame_size == size
    assert max(frames[1].image.shape) <= max(1280, 3)
    assert min(frames[1].image.shape) >= 1


def test_an_image_over_the_size_limit_is_refused_before_it_is_decoded(tmp_path):
    data = io.BytesIO()
    Image.new("1", (17_000, 1)).save(data, "PNG")
    (tmp_path / "a.png").write_bytes(data.getvalue()[:60])  # header and no pixels
    with pytest.raises(VideoError, match="17000×1 pixels, more than the limit of 16384"):
        open_video(tmp_path / "a.png")


def test_a_decompression_bomb_is_refused(tmp_path):
    header = Image.new("1", (1, 1))
    data = io.BytesIO()
    header.save(data, "BMP")
    bomb = bytearray(data.getvalue())
    bomb[18:26] = (16_000).to_bytes(4, "little") * 2
    (tmp_path / "a.bmp").write_bytes(bomb)
    with pytest.raises(VideoError, match=r"a.bmp has more pixels than the limit of 40 million"):
        open_video(tmp_path / "a.bmp")
