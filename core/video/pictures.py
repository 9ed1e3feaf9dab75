"""How are animations, stills and folders of images decoded?"""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from core.errors import VideoError
from core.video.frame import NOMINAL_FPS, RgbImage, SourceFrame

logger = logging.getLogger(__name__)

FOLDER_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}
FORMATS = ("GIF", "PNG", "WEBP", "JPEG", "BMP")
ANIMATED = {"GIF", "PNG", "WEBP"}

# Browsers show a frame that states 10 ms or less for 100 ms.
SHORTEST_S = 0.011
INSTEAD_S = 0.1


class AnimationSource:
    """A gif, animated webp or animated png with the frame times of the file; also one still.

    Args:
        path: An existing file.

    Raises:
        VideoError: Not a single frame can be decoded.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._image = _open_picture(path, path.name)
        self.stated_size = self._image.size
        self._is_animated = self._image.format in ANIMATED and bool(
            getattr(self._image, "is_animated", False)
        )
        self.stated_frames = None if self._is_animated else 1
        self.stated_s = None if self._is_animated else 1 / NOMINAL_FPS

    def frames(self) -> Iterator[SourceFrame]:
        """See ``FrameSource``; a file that breaks off gives the frames before."""
        if not self._is_animated:
            rgb = _decode(self._image, self._path.name)
            yield SourceFrame(0.0, 1 / NOMINAL_FPS, rgb)
            return
        time_s = 0.0
        # The default image of an animated png is for readers that cannot animate.
        first = int(bool(self._image.info.get("default_image")))
        position = first
        while self._seek(position):
            try:
                rgb = _decode(self._image, self._path.name)
            except VideoError:
                if position == first:
                    raise
                self._report_break(position - first)
                return
            length_s = _shown_s(self._image)
            yield SourceFrame(time_s, length_s, rgb)
            time_s += length_s
            position += 1

    def _seek(self, position: int) -> bool:
        try:
            self._image.seek(position)
        except EOFError:
            return False
        # Pillow's readers raise what their parsing runs into: struct.error, IndexError, OSError.
        except Exception:  # noqa: BLE001
            self._report_break(position)
            return False
        return True

    def _report_break(self, position: int) -> None:
        logger.warning(
            "%s breaks off after %d frames; the frames before are used", self._path.name, position
        )

    def close(self) -> None:
        """See ``FrameSource``."""
        self._image.close()


class FolderSource:
    """The images of a folder in natural order (1, 2, 10), at ``NOMINAL_FPS`` frames per second.

    Args:
        folder: An existing folder; other files in it, hidden files and subfolders are ignored.

    Raises:
        VideoError: It holds no image, or later, an image in it cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self._paths = sorted(
            (
                path
                for path in folder.iterdir()
                if path.suffix.lower() in FOLDER_SUFFIXES
                and not path.name.startswith(".")
                and path.is_file()
            ),
            key=lambda path: natural_key(path.name),
        )
        if not self._paths:
            raise VideoError(
                f"the folder {folder.name} holds no frame images; put jpg, png, bmp or webp files "
                f"into it or choose another"
            )
        self._folder = folder.name
        self.stated_frames: int | None = len(self._paths)
        self.stated_s: float | None = len(self._paths) / NOMINAL_FPS
        with _open_picture(self._paths[0], self._name(0)) as first:
            self.stated_size = first.size

    def frames(self) -> Iterator[SourceFrame]:
        """See ``FrameSource``."""
        for index, path in enumerate(self._paths):
            with _open_picture(path, self._name(index)) as image:
                rgb = _decode(image, self._name(index))
            yield SourceFrame(index / NOMINAL_FPS, 1 / NOMINAL_FPS, rgb)

    def close(self) -> None:
        """See ``FrameSource``; images are closed one by one."""

    def _name(self, index: int) -> str:
        return f"{self._folder}/{self._paths[index].name}"


def natural_key(name: str) -> tuple[list[str | int], str]:
    """Sort key under which ``2`` comes before ``10``, and ``a`` beside ``A``."""
    parts = re.split(r"(\d+)", name.lower())
    return [int(part) if part.isdecimal() else part for part in parts], name


def to_rgb(image: Image.Image) -> RgbImage:
    """Flatten any picture to ``(h, w, 3)`` uint8 RGB: alpha onto white, 16 bits to 8."""
    if image.mode.startswith("I;16"):
        # Pillow's own conversion would clip at 255.
        grey = (np.asarray(image) >> 8).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
    return np.array(image.convert("RGB"), np.uint8)


def _open_picture(path: Path, name: str) -> Image.Image:
    try:
        return Image.open(path, formats=FORMATS)
    # Pillow raises what its parsing runs into, and its own error for a decompression bomb.
    except Exception as error:
        raise _unreadable(name) from error


def _decode(image: Image.Image, name: str) -> RgbImage:
    try:
        return to_rgb(ImageOps.exif_transpose(image))
    except Exception as error:
        raise _unreadable(name) from error


def _unreadable(name: str) -> VideoError:
    return VideoError(f"{name} is not a readable image: it is cut off or damaged; replace it")


def _shown_s(image: Image.Image) -> float:
    stated_s = float(image.info.get("duration") or 0) / 1000
    return stated_s if stated_s >= SHORTEST_S else INSTEAD_S
