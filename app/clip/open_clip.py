"""Which clip does a visitor have open, and what belongs to it?"""

import logging
import re
import shutil
import tempfile
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.clip.intake import ORIGINAL
from app.models.shelf import OpenModel
from app.visit.jobs import Job
from app.visit.sessions import VisitorSession
from core.errors import A3LignError, ConfigError, VideoError
from core.prediction import Prediction
from core.saved.read import SavedResult

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


class NoVideoError(A3LignError):
    """A saved result is open without its video."""

    def __init__(self) -> None:
        super().__init__("This needs the video, and the result was opened without it; add it.")


@dataclass
class OpenClip:
    """A visitor's clip and everything made from it, all below one folder.

    Their addresses hold a random name, and the visit's end deletes them.

    Attributes:
        folder: Holds the clip, its playable copy and the files made for download.
        path: The clip; None where a saved result was opened without it.
        title: What the visitor calls it.
        job: The analysis that runs or ran.
        predictions: Its result, one per face, the main one first; empty until it is done.
        model: What made the predictions.
        notes: What other tabs worked out about it, to be forgotten with it.
        is_regrouped: Whether the visitor has corrected who is who.
        missing: What the file lacks from which the result was read; None for one made here.
    """

    folder: Path
    path: Path | None
    title: str
    job: Job[list[Prediction]] | None = None
    predictions: Sequence[Prediction] = field(default_factory=list)
    model: OpenModel | None = None
    notes: dict[Hashable, object] = field(default_factory=dict)
    is_regrouped: bool = False
    missing: Sequence[str] | None = None

    @property
    def film(self) -> Path:
        """The clip.

        Raises:
            NoVideoError: Only its result is here.
        """
        if self.path is None:
            raise NoVideoError
        return self.path

    def face(self, face_id: int) -> Prediction:
        """Return the result for a face.

        Raises:
            ConfigError: There is no such face.
        """
        for prediction in self.predictions:
            if prediction.face_id == face_id:
                return prediction
        raise ConfigError(f"the clip has no face {face_id + 1}; choose one of its faces")


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
    clip = _new_clip(session, title)
    try:
        clip.path = keep_film(clip, source)
    except VideoError:
        shutil.rmtree(clip.folder, ignore_errors=True)
        raise
    session.values[KEY] = clip
    return clip


def open_saved(session: VisitorSession, result: SavedResult) -> OpenClip:
    """Make a saved result the visitor's clip, as yet without its video.

    Args:
        session: The visitor.
        result: Read from a file.

    Raises:
        SessionEndedError: The visit is over.
    """
    clip = _new_clip(session, shown_name(result.predictions[0].video))
    clip.predictions = [replace(each, video=clip.title) for each in result.predictions]
    clip.missing = result.missing
    session.values[KEY] = clip
    return clip


def keep_film(clip: OpenClip, source: Path) -> Path:
    """Move a video to the clip that it belongs to; returns where it is then.

    Raises:
        VideoError: The file is gone.
    """
    # What the visitor calls it stands in no path, no address and no log.
    path = clip.folder / f"{ORIGINAL}{source.suffix}"
    try:
        shutil.move(source, path)
    except OSError as error:
        raise VideoError(f"{clip.title} did not arrive completely; choose it again") from error
    return path


def _new_clip(session: VisitorSession, title: str) -> OpenClip:
    close_clip(session)
    return OpenClip(Path(tempfile.mkdtemp(prefix="clip-", dir=session.folder)), None, title)


def is_open(session: VisitorSession, clip: OpenClip) -> bool:
    """Whether the visitor is still there and has not moved on."""
    return not session.closed and session.values.get(KEY) is clip


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
