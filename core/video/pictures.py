"""How is a folder of images read as a video?"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from core.errors import DamagedFrameError, VideoError
from core.video.frame import NOMINAL_FPS, RgbImage, SourceFrame
from core.video.limits import Budget
from core.video.still import decode_picture, open_picture

FOLDER_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".avif"}


class FolderSource:
    """The images of a folder in natural order (1, 2, 10), at ``NOMINAL_FPS`` frames per second.

    Args:
        folder: An existing folder; other files in it, hidden files and subfolders are ignored.
        budget: Asked for everything that is decoded.

    Raises:
        VideoError: It holds no image, or later, an image in it cannot be read or is over a limit.
    """

    def __init__(self, folder: Path, budget: Budget) -> None:
        self._paths = folder_images(folder)
        if not self._paths:
            raise VideoError(
                f"the folder {folder.name} holds no frame images; put jpg, png, bmp or webp files "
                f"into it or choose another"
            )
        self._folder = folder.name
        self._budget = budget
        self.start_s = 0.0
        self.damaged = 0
        self.cut_s = 0.0
        self.stated_frames: int | None = len(self._paths)
        self.stated_s: float | None = len(self._paths) / NOMINAL_FPS
        budget.stated_s = self.stated_s
        with open_picture(self._paths[0], self._name(0), budget) as first:
            self.stated_size = first.size

    def frames(self) -> Iterator[SourceFrame]:
        """See ``FrameSource``; an image is opened when somebody looks at it."""
        for index, path in enumerate(self._paths):
            paint = partial(self._paint, index, path)
            yield SourceFrame(index / NOMINAL_FPS, 1 / NOMINAL_FPS, paint)

    def close(self) -> None:
        """See ``FrameSource``; images are closed one by one."""

    def _paint(self, index: int, path: Path) -> RgbImage:
        try:
            with open_picture(path, self._name(index), self._budget) as image:
                self._budget.spend(index / NOMINAL_FPS, image.size)
                return decode_picture(image, self._name(index))
        except DamagedFrameError as error:
            # Unlike a frame of a file, an image can be replaced: none is left out silently.
            raise VideoError(str(error)) from error

    def _name(self, index: int) -> str:
        return f"{self._folder}/{self._paths[index].name}"


def folder_images(folder: Path) -> list[Path]:
    """The images that a folder holds as a video, in order; none are opened."""
    return sorted(
        (
            path
            for path in folder.iterdir()
            if path.suffix.lower() in FOLDER_SUFFIXES
            and not path.name.startswith(".")
            and path.is_file()
        ),
        key=lambda path: natural_key(path.name),
    )


def natural_key(name: str) -> tuple[list[str | int], str]:
    """Sort key under which ``2`` comes before ``10``, and ``a`` beside ``A``."""
    parts = re.split(r"(\d+)", name.lower())
    return [int(part) if part.isdecimal() else part for part in parts], name
