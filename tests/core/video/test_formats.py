"""Every container on the list, colours as they were filmed, pictures as a whole."""

import struct

import av
import numpy as np
import pytest
from PIL import Image

from core.errors import VideoError
from core.video import open_video
from core.video.sniff import container_of
from tests.core.films import number_of, shades, write_film
from tests.core.heif import tiled_avif

COLOURS = [(200, 40, 40), (40, 180, 60), (50, 60, 210)]


def read(path):
    with open_video(path) as video:
        return video, list(video)


@pytest.mark.parametrize(
    ("name", "codec", "container", "demuxer"),
    [
        ("a.3gp", "mpeg4", "3gp", "mov"),
        ("a.mp4", "libx265", "mp4", "mov"),
        ("a.mp4", "libsvtav1", "mp4", "mov"),
        ("a.mov", "prores_ks", "mov", "mov"),
        ("a.avi", "ffv1", "avi", "avi"),
        ("a.mkv", "libvpx-vp9", "matroska", "matroska"),
        ("a.ts", "libx264", "mpegts", "mpegts"),
        ("a.m2ts", "libx264", "mpegts", "mpegts"),
        ("a.mpg", "mpeg2video", "mpeg", "mpeg"),
        ("a.m2v", "mpeg2video", "mpeg2video", "mpegvideo"),
        ("a.flv", "flv", "flv", "flv"),
        ("a.wmv", "wmv2", "asf", "asf"),
        ("a.ogv", "libvpx", "ogg", "ogg"),
        ("a.ivf", "libvpx", "ivf", "ivf"),
        ("a.h264", "libx264", "h264", "h264"),
        ("a.hevc", "libx265", "hevc", "hevc"),
        ("a.y4m", "wrapped_avframe", "yuv4mpegpipe", "yuv4mpegpipe"),
        ("a.mxf", "mpeg2video", "mxf", "mxf"),
    ],
)
def test_every_container_is_known_by_its_first_bytes(tmp_path, name, codec, container, demuxer):
    options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    options |= {"preset": "12"} if codec == "libsvtav1" else {}
    pixels = "yuv422p10le" if codec == "prores_ks" else "yuv420p"
    images = [np.full((64, 96, 3), 20 + 15 * number, np.uint8) for number in range(12)]
    muxing = {"mpegts_m2ts_mode": "1"} if name.endswith("m2ts") else {}
    path = write_film(
        tmp_path / name,
        images,
        codec,
        container=container,
        fps=25,
        pixels=pixels,
        options=options,
        muxing=muxing,
    )
    nameless = path.rename(tmp_path / "film")
    assert container_of(nameless.read_bytes()[:4096]) == demuxer
    video, frames = read(nameless)
    assert [round((frame.image.mean() - 20) / 15) for frame in frames] == list(range(12))
    assert [frame.time_s for frame in frames] == pytest.approx(
        [n / 25 for n in range(12)], abs=0.02
    )
    assert (video.damaged_frames, video.missing_s) == (0, 0.0)


def test_a_transport_stream_that_begins_within_a_packet_is_known(tmp_path):
    path = write_film(tmp_path / "a.ts", shades(12), "libx264", fps=25)
    path.write_bytes(path.read_bytes()[100:])
    assert len(read(path)[1]) >= 1


def stripes(width=96, height=64):
    image = np.zeros((height, width, 3), np.uint8)
    for place, colour in enumerate(COLOURS):
        image[:, place * width // 3 : (place + 1) * width // 3] = colour
    return image


@pytest.mark.parametrize(
    ("codec", "pixels", "container"),
    [
        ("libx264", "yuv420p", "mp4"),
        ("libx264", "yuvj420p", "mp4"),
        ("libx264", "yuv444p", "mp4"),
        ("libx264", "yuv420p10le", "mp4"),
        ("libx265", "yuv420p10le", "mp4"),
        ("libvpx-vp9", "yuv420p", "webm"),
        ("prores_ks", "yuva444p10le", "mov"),
        ("ffv1", "bgra", "matroska"),
        ("png", "rgba", "mov"),
        ("qtrle", "argb", "mov"),
        ("mjpeg", "yuvj422p", "avi"),
    ],
)
def test_colours_are_as_they_were_filmed(tmp_path, codec, pixels, container):
    options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    options |= {"profile": "4444"} if pixels.startswith("yuva") else {}
    path = write_film(
        tmp_path / "a", [stripes()] * 3, codec, container=container, pixels=pixels, options=options
    )
    _, frames = read(path)
    for place, colour in enumerate(COLOURS):
        seen = frames[1].image[32, 16 + 32 * place].astype(int)
        assert np.abs(seen - colour).max() <= 10, (colour, seen)


def test_a_grey_film_is_grey(tmp_path):
    path = write_film(tmp_path / "a.avi", shades(5), "ffv1", pixels="gray")
    _, frames = read(path)
    assert [number_of(frame) for frame in frames] == list(range(5))
    assert np.ptp(frames[2].image.astype(int), axis=2).max() == 0


@pytest.mark.parametrize(
    ("degrees", "flips", "corner"),
    [
        (0, {"hflip": True}, (0, -1)),
        (0, {"vflip": True}, (-1, 0)),
        (90, {}, (-1, 0)),
        (90, {"hflip": True}, (-1, -1)),
        (-90, {"hflip": True}, (0, 0)),
    ],
)
def test_mirrored_recordings_are_shown_as_players_show_them(tmp_path, degrees, flips, corner):
    image = np.full((48, 64, 3), 20, np.uint8)
    image[:16, :16] = 250
    path = tmp_path / "selfie.mp4"
    with av.open(str(path), "w") as output:
        film = output.add_stream("libx264", rate=10, width=64, height=48, pix_fmt="yuv420p")
        film.set_display_rotation(degrees, **flips)
        for _ in range(2):
            output.mux(film.encode(av.VideoFrame.from_ndarray(image)))
        output.mux(film.encode(None))
    _, frames = read(path)
    quarters = [(0, 0), (0, -1), (-1, 0), (-1, -1)]
    assert max(quarters, key=lambda at: frames[0].image[at].sum()) == corner
    assert frames[0].image.shape == ((64, 48, 3) if degrees else (48, 64, 3))


def test_an_animated_avif_moves(tmp_path):
    images = [Image.new("RGB", (64, 48), (60 * number, 0, 0)) for number in range(4)]
    images[0].save(
        tmp_path / "a.avif", save_all=True, append_images=images[1:], duration=[40, 200, 80, 120]
    )
    video, frames = read(tmp_path / "a.avif")
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.04, 0.24, 0.32])
    assert video.duration_s == pytest.approx(0.44)
    assert [round(frame.image[..., 0].mean() / 60) for frame in frames] == [0, 1, 2, 3]


def test_a_photo_of_tiles_is_read_whole(tmp_path):
    (tmp_path / "a.avif").write_bytes(tiled_avif(COLOURS))
    video, frames = read(tmp_path / "a.avif")
    assert (video.frame_size, len(frames)) == ((192, 64), 1)
    for place, colour in enumerate(COLOURS):
        seen = frames[0].image[32, 32 + 64 * place].astype(int)
        assert np.abs(seen - colour).max() <= 10


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1", b"hevc"])
def test_a_telephones_photo_gets_one_true_sentence(tmp_path, brand):
    box = struct.pack(">I4s4sI4s", 24, b"ftyp", brand, 0, b"mif1") + b"heic" + bytes(500)
    (tmp_path / "IMG_1.HEIC").write_bytes(box)
    with pytest.raises(VideoError, match=r"IMG_1.HEIC is a HEIC photo, which is not read; save it"):
        open_video(tmp_path / "IMG_1.HEIC")


def test_a_film_whose_makers_also_make_photos_is_a_film(tmp_path):
    path = write_film(tmp_path / "a.mp4", shades(4), "libx264")
    data = path.read_bytes().replace(b"iso2avc1", b"mif1heic", 1)  # other kinds that it also is
    assert data[:64].count(b"heic") == 1
    path.write_bytes(data)
    assert len(read(path)[1]) == 4
