"""Which clip does a visitor have open, and what belongs to it?"""

import logging
import re
import shutil
import tempfile
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.clip.intake import ORIGINAL
from app.models.shelf import OpenModel
from app.visit.jobs import Job
from app.visit.sessions import VisitorSession
from core.errors import A3LignError, VideoError
from core.prediction import Prediction

logger = logging.getLogger(__name__)

KEY = "clip"
# Where another page leaves the file that the Clip page is to open next, in
# ``VisitorSession.values``.
SAVED_CLIP = "saved clip"
# Longer names would not fit the page or, worse, the file system.
NAME_CHARACTERS = 80
# Letters of any script then still fit into the 255 bytes of a file name.
STEM_CHARACTERS = 50


class NoClipError(A3LignError):
    """There is no clip open that could be shown or saved."""

    def __init__(self) -> None:
        super().__init__("There is no clip open any more; choose one again.")


@dataclass
class OpenClip:
    """A visitor's clip and everything made from it, all below one folder.

    Their addresses hold a random name, and the visit's end deletes them.

    Attributes:
        folder: Holds the clip, its playable copy and the files made for download.
        path: The clip.
        title: What the visitor calls it.
        job: The analysis that runs or ran.
        predictions: Its result, one per face, the main one first; empty until it is done.
        model: What made the predictions.
        notes: What other tabs worked out about it, to be forgotten with it.
        is_regrouped: Whether the visitor has corrected who is who.
    """

    folder: Path
    path: Path
    title: str
    job: Job[list[Prediction]] | None = None
    predictions: Sequence[Prediction] = field(default_factory=list)
    model: OpenModel | None = None
    notes: dict[Hashable, object] = field(default_factory=dict)
    is_regrouped: bool = False


def open_clip(session: VisitorSession, source: Path, title: str) -> OpenClip:
    """Make a file the visitor's clip; the one before is stopped and deleted.

    Args:
        session: The visitor.
        source: The file, which is moved.
        title: What the visitor calls it.

    Raises:
        SessionEndedError: The visit is over.
        VideoError: The file is gone.
    """
    close_clip(session)
    folder = Path(tempfile.mkdtemp(prefix="clip-", dir=session.folder))
    # What the visitor calls it stands in no path, no address and no log.
    path = folder / f"{ORIGINAL}{source.suffix}"
    try:
        shutil.move(source, path)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise VideoError(f"{title} did not arrive completely; choose it again") from error
    clip = OpenClip(folder, path, title)
    session.values[KEY] = clip
    return clip


def current_clip(session: VisitorSession) -> OpenClip:
    """Return the visitor's clip.

    Raises:
        NoClipError: There is none.
    """
    clip = session.values.get(KEY)
    if not isinstance(clip, OpenClip):
        raise NoClipError
    return clip


def analysed_clip(session: VisitorSession) -> OpenClip:
    """Return the visitor's clip once its analysis is done.

    Raises:
        NoClipError: There is none, or it is still being analysed.
    """
    clip = current_clip(session)
    if not clip.predictions:
        raise NoClipError
    return clip


def close_clip(session: VisitorSession) -> None:
    """Stop the visitor's analysis and delete the clip; nothing happens where there is none."""
    clip = session.values.pop(KEY, None)
    if not isinstance(clip, OpenClip):
        return
    if clip.job is not None and not clip.job.cancel(wait_s=0.8):
        logger.info("an analysis is still winding down after it was cancelled")
    shutil.rmtree(clip.folder, ignore_errors=True)


def file_name(title: str, ending: str) -> str:
    """Return a name that every file system takes.

    Args:
        title: What the visitor calls the clip; an ending that it already has is replaced.
        ending: Ending of the new name, with its dot.
    """
    stem = re.sub(r"[^\w .()-]", "_", Path(title).stem)[:STEM_CHARACTERS].strip(" .")
    return f"{stem or 'clip'}{ending}"


def shown_name(name: object) -> str:
    """Return a file name for the screen: no folders, no control characters, not too long."""
    text = str(name).replace("\\", "/").rsplit("/", 1)[-1]
    printable = "".join(letter for letter in text if letter.isprintable()).strip()
    return printable[:NAME_CHARACTERS] or "clip"
