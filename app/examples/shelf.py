"""Clips to try the app with: the repository carries no pictures of people, only of nobody."""

import functools
import math
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.examples.drawing import Expression, draw_face
from app.examples.rendered.acting import STORIES
from app.export.webm import write_webm
from core.errors import VideoError

Image = NDArray[np.uint8]

# Rendered by ``python -m app.examples``; they belong to nobody.
FILMS = Path(__file__).resolve().parents[2] / "assets" / "examples"

FPS = 20
SIDE_PX = 320
PORTRAIT_S = 4.0
DRAWING_S = 8.0

# Seconds, smile, surprise: the drawn face moves evenly from one row to the next.
DRAWN_STORY = (
    (0.0, 0.0, 0.0),
    (1.0, 0.0, 0.0),
    (1.8, 1.0, 0.0),
    (3.0, 1.0, 0.0),
    (3.6, 0.0, 0.0),
    (4.2, 0.0, 1.0),
    (5.2, 0.0, 1.0),
    (5.8, 0.0, 0.0),
    (6.4, -1.0, 0.0),
    (7.6, -1.0, 0.0),
    (8.0, -0.6, 0.0),
)


@dataclass(frozen=True)
class Example:
    """A clip to try.

    Attributes:
        name: Short identifier.
        title: What the visitor reads.
        note: Where the pictures come from.
        frame_at: Draws ``(h, w, 3)`` uint8 RGB for a time [s].
        duration_s: Length [s].
    """

    name: str
    title: str
    note: str
    frame_at: Callable[[float], Image]
    duration_s: float

    def film(self) -> bytes:
        """Make the webm."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "example.webm"
            times = (index / FPS for index in range(round(self.duration_s * FPS)))
            write_webm(path, map(self.frame_at, times), FPS)
            return path.read_bytes()


def portrait_frame(time_s: float) -> Image:
    """Pan and zoom slowly over the public-domain portrait that scikit-image carries."""
    portrait = _portrait()
    turn = 2 * math.pi * time_s / PORTRAIT_S
    side = 330 - 24 * (1 - math.cos(turn)) / 2
    left = 62 + (330 - side) / 2 + 8 * math.sin(turn)
    top = (330 - side) / 2 * 0.5 + 4
    scale = SIDE_PX / side
    matrix = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]], np.float64)
    moved = cv2.warpAffine(portrait, matrix, (SIDE_PX, SIDE_PX), flags=cv2.INTER_LINEAR)
    return np.asarray(moved, np.uint8)


def drawn_frame(time_s: float) -> Image:
    """Draw the face of ``DRAWN_STORY`` at one moment."""
    times, smiles, surprises = zip(*DRAWN_STORY, strict=True)
    blink = max(0.0, 1 - abs(math.remainder(time_s - 1.4, 2.6)) / 0.12)
    expression = Expression(
        smile=float(np.interp(time_s, times, smiles)),
        surprise=float(np.interp(time_s, times, surprises)),
        blink=blink,
    )
    sway = (0.012 * math.sin(time_s * 1.1), 0.006 * math.sin(time_s * 1.7))
    return draw_face(expression, side_px=SIDE_PX, shift=sway)


@dataclass(frozen=True)
class FilmExample:
    """An example that lies in ``assets/examples``; the same to callers as ``Example``.

    Attributes:
        name: Of its files.
        title: What the visitor reads.
        note: What is to be seen.
        duration_s: Length [s].
    """

    name: str
    title: str
    note: str
    duration_s: float

    def thumbnail(self) -> bytes:
        """Return the JPEG picture beside the film."""
        return (FILMS / f"{self.name}.jpg").read_bytes()

    def film(self) -> bytes:
        """Return the webm."""
        return (FILMS / f"{self.name}.webm").read_bytes()


# What visitors are offered.
EXAMPLES: tuple[FilmExample, ...] = tuple(
    FilmExample(story.name, story.title, story.note, story.duration_s) for story in STORIES
)
# What documents and tests use besides.
MADE_HERE = (
    Example(
        "astronaut",
        "A portrait",
        "Eileen Collins, NASA, public domain; the camera moves, her face does not",
        portrait_frame,
        PORTRAIT_S,
    ),
    Example(
        "drawing",
        "A drawn face",
        "It smiles, is surprised, frowns. The model learned from photographs: does it carry over?",
        drawn_frame,
        DRAWING_S,
    ),
)


class ExampleShelf:
    """Makes each example once per process, when somebody first asks for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[str, bytes] = {}

    def place(self, name: str, folder: Path) -> Path:
        """Put an example into a folder and return it as a file.

        Raises:
            VideoError: There is no such example.
        """
        known: list[FilmExample | Example] = [*EXAMPLES, *MADE_HERE]
        example = next((one for one in known if one.name == name), None)
        if example is None:
            names = ", ".join(one.name for one in known)
            raise VideoError(f"there is no example called {name!r:.40}; choose {names}")
        with self._lock:
            if name not in self._made:
                self._made[name] = example.film()
        path = folder / f"{name}.webm"
        path.write_bytes(self._made[name])
        return path


@functools.cache
def _portrait() -> Image:
    from skimage import data  # slow to import

    pictures: Any = data
    return np.asarray(pictures.astronaut(), np.uint8)
