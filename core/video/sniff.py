"""What does a file hold, by its first bytes? Names and endings do not count.

FFmpeg would guess among hundreds of formats, and some are lists of other files: a playlist that a
stranger sends would be answered with somebody else's film. So the format is decided here, from a
list of containers that hold their frames themselves, and FFmpeg is told.
"""

import codecs
import re

HEAD_BYTES = 4096

# First bytes and FFmpeg's name of the reader.
SIGNATURES = (
    (re.compile(rb".{4}(?:ftyp|moov|moof|mdat|wide|free|skip|styp|pnot)", re.DOTALL), "mov"),
    (re.compile(rb"\x1aE\xdf\xa3"), "matroska"),
    (re.compile(rb"RIFF.{4}AVI", re.DOTALL), "avi"),
    (re.compile(rb"\0\0\x01\xba"), "mpeg"),
    (re.compile(rb"\0\0\x01\xb3"), "mpegvideo"),
    (re.compile(rb"FLV\x01"), "flv"),
    (re.compile(rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11"), "asf"),
    (re.compile(rb"OggS"), "ogg"),
    (re.compile(rb"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02"), "mxf"),
    (re.compile(rb"\.RMF"), "rm"),
    (re.compile(rb"DKIF"), "ivf"),
    (re.compile(rb"YUV4MPEG2 "), "yuv4mpegpipe"),
    (re.compile(rb"\x1f\x07\0[\x3f\xbf]"), "dv"),
    # Bare streams of cameras: the first unit holds parameters or marks the start of a picture.
    (re.compile(rb"\0?\0\0\x01[\x09\x27\x47\x67]"), "h264"),
    (re.compile(rb"\0?\0\0\x01[\x40\x42\x46]\x01"), "hevc"),
)
# A transport stream has this byte in every packet; recordings may begin within one.
TS_SYNC, TS_PACKETS = 0x47, (188, 192, 204)
TS_REPEATS = 5

PICTURES = re.compile(rb"GIF8|\x89PNG|\xff\xd8\xff|BM|RIFF.{4}WEBP", re.DOTALL)
# Still and moving pictures share the box that names an mp4's kind.
_PICTURE_BOX = re.compile(rb".{4}ftyp(?P<kind>.{4}).{4}(?P<others>(?:.{4})*)", re.DOTALL)
AVIF = (b"avif", b"avis")
HEIF = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")


def is_picture(head: bytes) -> bool:
    """Whether a file is a still or an animation, by its first bytes."""
    return bool(PICTURES.match(head)) or _picture_kind(head) in AVIF


def is_heif(head: bytes) -> bool:
    """Whether a file is a photo as telephones store it, which is not read."""
    return _picture_kind(head) in HEIF


def container_of(head: bytes) -> str | None:
    """FFmpeg's name of the container, None for everything that is not on the list."""
    for signature, name in SIGNATURES:
        if signature.match(head):
            return name
    return "mpegts" if _is_transport_stream(head) else None


def is_text(head: bytes) -> bool:
    """Whether a file begins as text does."""
    # The incremental decoder forgives a last character that the cut has split.
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(head)
    except UnicodeDecodeError:
        return False
    return b"\0" not in head


def _picture_kind(head: bytes) -> bytes:
    length = int.from_bytes(head[:4], "big")
    box = _PICTURE_BOX.match(head[: max(length, 16)])
    if box is None:
        return b""
    others = [box["others"][at : at + 4] for at in range(0, len(box["others"]), 4)]
    if box["kind"] in HEIF and any(brand in AVIF for brand in others):
        return AVIF[0]
    return box["kind"]


def _is_transport_stream(head: bytes) -> bool:
    return any(
        all(head[at : at + 1] == bytes([TS_SYNC]) for at in range(start, len(head), length))
        and len(head) - start > TS_REPEATS * length
        for length in TS_PACKETS
        for start in range(length)
    )
