"""A photo made of tiles, put together by hand: no library here writes one."""

import io
import struct

from PIL import Image


def box(kind, *parts):
    content = b"".join(parts)
    return struct.pack(">I4s", 8 + len(content), kind) + content


def full(kind, *parts, version=0, flags=0):
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def find(data, kind):
    """Content of the first box of a kind, wherever it is."""
    at = data.index(kind) - 4
    (size,) = struct.unpack_from(">I", data, at)
    return data[at + 8 : at + size]


def tiled_avif(colours, side=64):
    """Tiles of one colour each, side by side in a row."""
    tiles, settings = [], b""
    for colour in colours:
        file = io.BytesIO()
        Image.new("RGB", (side, side), colour).save(file, "AVIF", quality=90)
        tiles.append(find(file.getvalue(), b"mdat"))
        settings = find(file.getvalue(), b"av1C")
    count = len(tiles)
    numbers = range(2, 2 + count)
    grid = struct.pack(">BBBBHH", 0, 0, 0, count - 1, side * count, side)
    entries = [full(b"infe", struct.pack(">HH4s", 1, 0, b"grid"), b"\0", version=2)]
    entries += [
        full(b"infe", struct.pack(">HH4s", n, 0, b"av01"), b"\0", version=2) for n in numbers
    ]
    properties = box(
        b"ipco",
        full(b"ispe", struct.pack(">II", side * count, side)),
        full(b"ispe", struct.pack(">II", side, side)),
        full(b"pixi", b"\3\x08\x08\x08"),
        box(b"av1C", settings),
    )
    links = struct.pack(">HBBB", 1, 2, 1, 3)
    for number in numbers:
        links += struct.pack(">HBBBB", number, 3, 2, 3, 0x80 | 4)
    parts = [grid, *tiles]

    def meta(start):
        places = struct.pack(">BBH", 0x44, 0, 1 + count)
        for number, part in enumerate(parts, 1):
            places += struct.pack(">HHHII", number, 0, 1, start, len(part))
            start += len(part)
        return full(
            b"meta",
            full(b"hdlr", bytes(4), b"pict", bytes(13)),
            full(b"pitm", struct.pack(">H", 1)),
            full(b"iloc", places),
            full(b"iinf", struct.pack(">H", 1 + count), *entries),
            full(b"iref", box(b"dimg", struct.pack(f">HH{count}H", 1, count, *numbers))),
            box(b"iprp", properties, full(b"ipma", struct.pack(">I", 1 + count), links)),
        )

    head = box(b"ftyp", b"avif", bytes(4), b"avifmif1miaf")
    start = len(head) + len(meta(0)) + 8
    return head + meta(start) + box(b"mdat", *parts)
