"""Render the examples: ``python -m app.examples --face-model ict_facekit.npz``.

The people in them are nobody: heads of ICT-FaceKit (MIT), painted, lit and moved by this package.
The films lie in ``assets/examples`` and are made anew by this command alone.
"""

import argparse
import logging
from pathlib import Path

import cv2

from app.examples.rendered.acting import STORIES, Story, strengths_at, turn_at
from app.examples.rendered.film import Image, Person
from app.examples.rendered.head import load_head
from app.examples.shelf import FILMS
from app.export.webm import write_webm
from core.errors import A3LignError

logger = logging.getLogger(__name__)

FPS, SIDE_PX, SMALL_PX = 15, 400, 144


def main(argv: list[str] | None = None) -> int:
    """Write the films and their small pictures; a mistake becomes a sentence and exit status 2."""
    parser = argparse.ArgumentParser(prog="python -m app.examples", description=__doc__)
    names = [story.name for story in STORIES]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names)}; all")
    parser.add_argument("--face-model", type=Path, required=True, help="ICT-FaceKit's arrays, npz")
    parser.add_argument("--out", type=Path, default=FILMS, help="folder for the films")
    parser.add_argument("--side", type=int, default=SIDE_PX, help="width and height [px]")
    parser.add_argument("--fps", type=int, default=FPS, help="frames per second")
    arguments = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if unknown := set(arguments.names) - set(names):
        parser.error(f"there is no example {', '.join(sorted(unknown))}; choose {', '.join(names)}")
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
        for story in STORIES:
            if not arguments.names or story.name in arguments.names:
                render(story, arguments.face_model, arguments.out, arguments.side, arguments.fps)
    except (A3LignError, OSError) as error:
        logger.error("%s", error)
        return 2
    return 0


def render(story: Story, face_model: Path, out: Path, side_px: int, fps: int) -> None:
    """Write ``NAME.webm`` and ``NAME.jpg``.

    Raises:
        DataError: The face model cannot be read.
        OutputError: The film cannot be written.
    """
    person = Person(load_head(face_model, story.person), story.look)

    def picture(time_s: float, size: int) -> Image:
        return person.picture(strengths_at(story, time_s), turn_at(story, time_s), size)

    times = (index / fps for index in range(round(story.duration_s * fps)))
    write_webm(out / f"{story.name}.webm", (picture(time_s, side_px) for time_s in times), fps)
    small = cv2.cvtColor(picture(story.shown_s, SMALL_PX), cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(out / f"{story.name}.jpg"), small, [cv2.IMWRITE_JPEG_QUALITY, 88])
    logger.info("wrote %s", out / f"{story.name}.webm")


if __name__ == "__main__":
    raise SystemExit(main())
