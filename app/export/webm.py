"""Write pictures as an evenly timed VP8 webm."""

from collections.abc import Iterable
from pathlib import Path

from app.export.film import Image, write_film


def write_webm(path: Path, images: Iterable[Image], fps: float) -> None:
    """Write images of one size as a video with evenly spaced frames.

    Args:
        path: Where to write; ends in ``.webm``.
        images: ``(h, w, 3)`` uint8 RGB.
        fps: Frames per second.

    Raises:
        OutputError: The file cannot be written, or the images are a single pixel wide or high.
        ValueError: There is no image.
    """
    write_film(path, ((index / fps, image) for index, image in enumerate(images)), fps=fps)
