"""Which program is a file for?"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from core.annotations.boris import write_boris
from core.annotations.elan import write_eaf
from core.annotations.marks import Mark
from core.annotations.praat import write_textgrid
from core.prediction import Prediction

Format = Literal["eaf", "textgrid", "boris"]
ENDINGS: dict[Format, str] = {"eaf": ".eaf", "textgrid": ".TextGrid", "boris": ".boris"}
_WRITERS: dict[Format, Callable[[Path, Sequence[Prediction], Sequence[Mark]], None]] = {
    "eaf": write_eaf,
    "textgrid": write_textgrid,
    "boris": write_boris,
}


def write_annotations(
    path: Path, predictions: Sequence[Prediction], kind: Format, marks: Sequence[Mark] = ()
) -> None:
    """Write a file whole or not at all; one that exists is replaced.

    Args:
        path: Where to, with the ending of ``ENDINGS``.
        predictions: One per face, of one video.
        kind: Which program it is for.
        marks: A person's own, in order of time; they are tiers of their own.

    Raises:
        OSError: It cannot be written.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        partial.unlink(missing_ok=True)  # what was left by a call that was stopped
        _WRITERS[kind](partial, predictions, marks)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
