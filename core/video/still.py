"""How is one picture decoded, whatever it states about itself?"""

from mmap import ACCESS_READ, mmap
from pathlib import Path

import numpy as np
from PIL import AvifImagePlugin, Image, ImageOps

from core.errors import DamagedFrameError, VideoError
from core.video.frame import RgbImage
from core.video.jpeg import MOST_SCANS, START, count_scans
from core.video.limits import Budget
from core.video.shortage import lacked_memory

FORMATS = ("GIF", "PNG", "WEBP", "JPEG", "BMP", "AVIF")
# A picture is small work; more threads would only take them from others.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
# Rows of a picture that are copied at a time.
STRIP = 256
# What Pillow says of pictures above a bound of its own, before they can be asked for their size.
TOO_LARGE = (Image.DecompressionBombError, Image.DecompressionBombWarning)


def open_picture(path: Path, name: str, budget: Budget) -> Image.Image:
    """Open a picture without decoding it.

    Args:
        path: An existing file.
        name: What messages call it.
        budget: What is accepted.

    Raises:
        VideoError: It is none, over a limit, or takes a decoder far too long.
    """
    if _scans(path) > MOST_SCANS:
        raise VideoError(
            f"{name} is a JPEG of more than {MOST_SCANS} scans, as no camera or program writes "
            "them; save it anew"
        )
    try:
        image = Image.open(path, formats=FORMATS)
    except TOO_LARGE as error:
        raise too_large(name, budget) from error
    except MemoryError:
        raise  # no damage of the file
    # Pillow raises what its parsing runs into: struct.error, IndexError, OSError.
    except Exception as error:
        # That of webp takes memory before anything is known of it: no larger one is accepted.
        if lacked_memory((budget.limits.frame_px, 1)):
            raise MemoryError from error
        raise _unreadable(name) from error
    return image


def decode_picture(image: Image.Image, name: str) -> RgbImage:
    """Decode an opened picture to ``(h, w, 3)`` uint8 RGB, turned as its camera says.

    Raises:
        DamagedFrameError: It cannot be decoded whole.
        MemoryError: The process may not take what it needs.
    """
    try:
        ImageOps.exif_transpose(image, in_place=True)
        return to_rgb(image)
    except MemoryError:
        raise
    except Exception as error:
        if lacked_memory(image.size):
            raise MemoryError from error
        raise _unreadable(name) from error


def to_rgb(image: Image.Image) -> RgbImage:
    """Flatten any picture to ``(h, w, 3)`` uint8 RGB: alpha onto white, 16 bits to 8."""
    if image.mode.startswith("I;16"):
        # Pillow's own conversion would clip at 255.
        grey = (np.asarray(image) >> 8).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
    if image.mode != "RGB":
        image = image.convert("RGB")
    # In strips: Pillow hands a whole picture out as a copy, which would then be copied again.
    rgb = np.empty((image.height, image.width, 3), np.uint8)
    for top in range(0, image.height, STRIP):
        bottom = min(top + STRIP, image.height)
        rgb[top:bottom] = np.asarray(image.crop((0, top, image.width, bottom)))
    return rgb


def too_large(name: str, budget: Budget) -> VideoError:
    """What is said of a picture that Pillow refuses for its size."""
    limit = budget.limits.frame_px / 1e6
    return VideoError(f"{name} has more pixels than the limit of {limit:g} million; reduce it")


def _scans(path: Path) -> int:
    with path.open("rb") as file:
        if file.read(len(START)) != START:
            return 0
        with mmap(file.fileno(), 0, access=ACCESS_READ) as data:
            return count_scans(data)


def _unreadable(name: str) -> DamagedFrameError:
    return DamagedFrameError(
        f"{name} is not a readable image: it is cut off or damaged; replace it"
    )
