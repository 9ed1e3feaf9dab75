"""Files for ``tests.fuzz_files``: whole ones, ways to spoil them, and some made to do harm."""

import io
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from tests.core.films import scenes, write_film
from tests.core.heif import tiled_avif

# Name, encoder, container, pixel format.
FILMS = (
    ("h264.mp4", "libx264", "mp4", "yuv420p"),
    ("hevc.mp4", "libx265", "mp4", "yuv420p10le"),
    ("av1.mp4", "libsvtav1", "mp4", "yuv420p"),
    ("mpeg4.mov", "mpeg4", "mov", "yuv420p"),
    ("prores.mov", "prores_ks", "mov", "yuv422p10le"),
    ("vp8.webm", "libvpx", "webm", "yuv420p"),
    ("vp9.webm", "libvpx-vp9", "webm", "yuv420p"),
    ("ffv1.mkv", "ffv1", "matroska", "yuv420p"),
    ("mjpeg.avi", "mjpeg", "avi", "yuvj420p"),
    ("mpeg4.avi", "mpeg4", "avi", "yuv420p"),
    ("mpeg2.mpg", "mpeg2video", "mpeg", "yuv420p"),
    ("h264.ts", "libx264", "mpegts", "yuv420p"),
    ("flv1.flv", "flv", "flv", "yuv420p"),
    ("wmv2.wmv", "wmv2", "asf", "yuv420p"),
    ("vp8.ogv", "libvpx", "ogg", "yuv420p"),
    ("raw.mjpeg", "mjpeg", "mjpeg", "yuvj420p"),
    ("raw.h264", "libx264", "h264", "yuv420p"),
)
OPTIONS = {
    "libx265": {"x265-params": "log-level=none"},
    "libsvtav1": {"preset": "12"},
    "libx264": {"g": "8"},
    "mpeg2video": {"flags": "+ildct+ilme"},
}


def seeds(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Write one small whole file of every kind; yield names and contents."""
    for name, codec, container, pixels in FILMS:
        path = write_film(
            folder / name,
            scenes(20),
            codec,
            container=container,
            fps=25,
            pixels=pixels,
            options=OPTIONS.get(codec),
            sound_s=(0.0, 0.8) if name in ("h264.mp4", "h264.ts") else None,
        )
        yield name, path.read_bytes()
    images = [Image.fromarray(image) for image in scenes(6)]
    for name in ("a.gif", "a.webp", "a.png", "a.avif"):
        data = io.BytesIO()
        kind = name[2:].upper()
        images[0].save(data, kind, save_all=True, append_images=images[1:], duration=50)
        yield name, data.getvalue()
    for name, options in (("a.jpg", {"progressive": True}), ("a.bmp", {})):
        data = io.BytesIO()
        images[0].save(data, "JPEG" if name == "a.jpg" else "BMP", **options)
        yield name, data.getvalue()
    yield "tiles.avif", tiled_avif([(200, 40, 40), (40, 180, 60)])


def spoil(whole: bytes, other: bytes, draw: np.random.Generator) -> bytes:
    """Damage a file in one of the ways in which files are damaged."""
    way = WAYS[int(draw.integers(len(WAYS)))]
    return bytes(way(bytearray(whole), other, draw))


def _cut_off(data: bytearray, _: bytes, draw: np.random.Generator) -> bytearray:
    return data[: int(draw.integers(len(data)))]


def _single_bytes(data: bytearray, _: bytes, draw: np.random.Generator) -> bytearray:
    for at in draw.integers(len(data), size=int(draw.integers(1, 40))):
        data[at] = int(draw.integers(256))
    return data


def _sizes_and_counts(data: bytearray, _: bytes, draw: np.random.Generator) -> bytearray:
    for at in draw.integers(min(512, len(data)), size=int(draw.integers(1, 6))):
        data[at] = int(draw.integers(256))
    return data


def _hole(data: bytearray, _: bytes, draw: np.random.Generator) -> bytearray:
    first = int(draw.integers(len(data)))
    last = min(len(data), first + int(draw.integers(1, 4000)))
    data[first:last] = bytes(last - first)
    return data


def _extreme_number(data: bytearray, _: bytes, draw: np.random.Generator) -> bytearray:
    at = int(draw.integers(min(512, len(data))))
    extreme = (0xFFFFFFFF, 0x7FFFFFFF, 0x80000000, 0, 1)[int(draw.integers(5))]
    data[at : at + 4] = struct.pack(">I", extreme)
    return data


def _part_of_another(data: bytearray, other: bytes, draw: np.random.Generator) -> bytearray:
    at = int(draw.integers(len(data)))
    data[at : at + 2000] = other[: int(draw.integers(1, 4000))]
    return data


def _piece_twice(data: bytearray, _: bytes, draw: np.random.Generator) -> bytearray:
    at = int(draw.integers(len(data)))
    data[at:at] = data[at : at + int(draw.integers(1, 4000))]
    return data


def _piece_gone(data: bytearray, _: bytes, draw: np.random.Generator) -> bytearray:
    at = int(draw.integers(len(data)))
    del data[at : at + int(draw.integers(1, 4000))]
    return data


WAYS = (
    _cut_off,
    _single_bytes,
    _sizes_and_counts,
    _hole,
    _extreme_number,
    _part_of_another,
    _piece_twice,
    _piece_gone,
)


def crafted(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield files that somebody would make on purpose."""
    victim = write_film(folder / "victim.mp4", scenes(4))
    for name, text in LISTS.items():
        for bad in ("\udcff", "\0", ""):
            told = text.format(film=victim, bad=bad)
            yield f"{name} {bad!r}", told.encode("utf-8", "surrogateescape")
    for side in (6_000, 16_383, 65_535):
        for name, make in PICTURE_BOMBS.items():
            yield f"{name} of {side} px", make(side)
    for codec, container in (("libvpx", "webm"), ("libx264", "mp4"), ("libx264", "mpegts")):
        for side in (6_000, 6_400):
            path = folder / "large"
            fast = {"preset": "ultrafast"} if codec == "libx264" else {"cpu-used": "8"}
            images = [np.zeros((side, side, 3), np.uint8)]
            write_film(path, images, codec, container=container, options=fast)
            yield f"{codec} of {side} px in {container}", path.read_bytes()
    yield from _slow_pictures()
    yield from _odd_times(folder)
    yield from _odd_boxes(victim)
    yield "many frames of reference", _references(folder / "references.mp4")
    yield "nothing", b""
    yield "zeros", bytes(100_000)
    yield "a head alone", b"\x1aE\xdf\xa3"


def _slow_pictures() -> Iterator[tuple[str, bytes]]:
    file = io.BytesIO()
    Image.new("RGB", (1280, 1280)).save(file, "JPEG", progressive=True)
    data = file.getvalue()
    scan = data[data.rindex(b"\xff\xda") : -2]
    yield "24,000 scans", data[:-2] + scan * 24_000 + data[-2:]
    yield "32 scans", data[:-2] + scan * 22 + data[-2:]
    yield "a million comments", b"\xff\xd8" + b"\xff\xfe\0\2" * 1_000_000
    file = io.BytesIO()
    images = [Image.new("L", (1, 1), number % 2) for number in range(9_000)]
    images[0].save(file, "GIF", save_all=True, append_images=images[1:])
    yield "a gif of 9,000 frames", file.getvalue()


def _odd_boxes(whole: Path) -> Iterator[tuple[str, bytes]]:
    head = b"\0\0\0\x18ftypisom\0\0\0\0isommp42"
    box = b""
    for _ in range(20_000):
        box = struct.pack(">I", len(box) + 8)[:4] + b"moov" + box
    yield "boxes 20,000 deep", head + box
    yield "a million empty boxes", head + b"\0\0\0\x08free" * 1_000_000
    yield "a box of 8 exabytes", head + b"\0\0\0\x01mdat" + b"\x7f" + b"\xff" * 7
    data = bytearray(whole.read_bytes())
    at = data.index(b"mvhd") + 4
    data[at + 16 : at + 20] = b"\x7f\xff\xff\xff"
    at = data.index(b"mdhd") + 4
    data[at + 16 : at + 20] = b"\x7f\xff\xff\xff"
    yield "68 years by its header", bytes(data)
    yield "a picture that is a web page", b"GIF89a/*<script>alert(1)</script>*/=1;" + bytes(2_000)
    yield "a film that is an archive, too", whole.read_bytes() + b"PK\x05\x06" + bytes(18)
    yield "a web page in front of a film", b"<html><script>1</script>" + whole.read_bytes()


def _references(path: Path) -> bytes:
    """36 megapixels with as many frames of reference as the decoder would keep."""
    image = np.zeros((6_000, 6_000, 3), np.uint8)
    options = {"preset": "ultrafast", "x264-params": "ref=16:bframes=0:keyint=99:threads=1"}
    write_film(path, [image] * 18, "libx264", fps=25, options=options)
    return path.read_bytes()


def _odd_times(folder: Path) -> Iterator[tuple[str, bytes]]:
    still = [np.zeros((1080, 1920, 3), np.uint8)] * 5_000
    path = folder / "crowd.mkv"
    micro = [number * 1e-3 for number in range(len(still))]
    write_film(path, still, "libx264", times_s=micro, fps=1000, options={"preset": "ultrafast"})
    yield "5,000 frames of 1080p a millisecond apart", path.read_bytes()
    path = folder / "hours.webm"
    hours = [400.0 * number for number in range(50)]
    write_film(path, scenes(50), "libvpx", times_s=hours, muxing={"live": "1"})
    yield "hours without a stated length", path.read_bytes()


LISTS = {
    "hls": "#EXTM3U\n#{bad}\n#EXTINF:10,\n{film}\n#EXT-X-ENDLIST\n",
    "hls address": "#EXTM3U\n#{bad}\n#EXTINF:10,\nfile://{film}\n",
    "concat": "ffconcat version 1.0\nfile {film}\n#{bad}",
    "picture": "<svg xmlns='http://www.w3.org/2000/svg'><image href='{film}'/>{bad}</svg>",
}


def _png(side: int) -> bytes:
    data = io.BytesIO()
    Image.new("1", (min(side, 16_383),) * 2).save(data, "PNG")
    return data.getvalue()


def _header(kind: str, place: int, form: str) -> Callable[[int], bytes]:
    def make(side: int) -> bytes:
        data = io.BytesIO()
        Image.new("L", (8, 8)).save(data, kind)
        head = bytearray(data.getvalue())
        at = head.index(b"\xff\xc0") + 5 if kind == "JPEG" else place
        struct.pack_into(form, head, at, side, side)
        return bytes(head)

    return make


PICTURE_BOMBS: dict[str, Callable[[int], bytes]] = {
    "png": _png,
    "gif": _header("GIF", 6, "<HH"),
    "jpeg": _header("JPEG", 0, ">HH"),
    "bmp": _header("BMP", 18, "<II"),
}
