"""What does a JPEG file state about itself, without being decoded?

A decoder goes over the whole picture once per scan, and a scan can have ten bytes: 300 kB of them
take half a minute of CPU time at 1280×1280, in a call that nothing can stop.
"""

import re
from collections.abc import Iterator
from itertools import islice
from mmap import ACCESS_READ, mmap
from pathlib import Path

# Progressive files of libjpeg have 10 scans, of mozjpeg up to 16, in four inks 18.
MOST_SCANS = 32
# Photos have dozens of segments; more than this is no photo.
MOST_SEGMENTS = 20_000

START, END, SCAN = b"\xff\xd8", 0xD9, 0xDA
SIZES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
# Inside a scan 0xFF is followed by 0 or by a restart; before a marker it may be repeated.
_MARKER = re.compile(rb"\xff([^\0\xff\xd0-\xd7])")
# Cameras fill up to a full sector between two frames.
_NEXT = re.compile(rb"\0{0,4096}\xff\xd8\xff")

Data = bytes | mmap


def count_scans(data: Data, most: int = MOST_SCANS) -> int:
    """Count the scans of the first picture, at most ``most + 1``."""
    count = 0
    for segment, (marker, _) in enumerate(_markers(data)):
        count += marker == SCAN
        if count > most or segment > MOST_SEGMENTS:
            return most + 1
    return count


def stated_size(data: Data, start: int = 0) -> tuple[int, int] | None:
    """Width and height of a picture [px], None where it states none."""
    for marker, at in islice(_markers(data, start), MOST_SEGMENTS):
        if marker in SIZES:
            # Content: length, bits per value, height, width.
            height, width = (int.from_bytes(data[at + 3 + k : at + 5 + k], "big") for k in (0, 2))
            return width, height
        if marker == SCAN:
            break
    return None


def is_motion_file(path: Path) -> bool:
    """Whether a file is a film of bare JPEG pictures; see ``is_motion``."""
    with path.open("rb") as file:
        if file.read(len(START)) != START:
            return False
        with mmap(file.fileno(), 0, access=ACCESS_READ) as data:
            return is_motion(data)


def is_motion(data: Data) -> bool:
    """Whether pictures of one size follow one another, as in a raw ``.mjpeg`` film.

    What phones append to a photo (a preview, a map of brightness) has another size.
    """
    segments = islice(_markers(data), MOST_SEGMENTS)
    end = next((at for marker, at in segments if marker == END), None)
    following = _NEXT.match(data, end) if end is not None else None
    if following is None:
        return False
    return stated_size(data) == stated_size(data, following.end() - 3) is not None


def _markers(data: Data, start: int = 0) -> Iterator[tuple[int, int]]:
    """Yield each marker of a picture, up to its end, and where its content begins."""
    at = start + len(START)
    while found := _MARKER.search(data, at):
        marker, at = found[1][0], found.end()
        yield marker, at
        if marker == END:
            return
        # A scan has a header of stated length, too, before its data.
        at += max(int.from_bytes(data[at : at + 2], "big"), 2)
