"""Which file do the curves of each input go to, and how do they get there whole?"""

import hashlib
import os
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from core.errors import OutputError
from core.prediction import Prediction
from core.table import frames_csv

# The longest name that common file systems take [bytes].
LONGEST_NAME = 255
# What is put behind a planned name: the number of a face, the ending, a file in the making.
ENDINGS = len(".face9999.csv.partial")
DIGEST = 8


class CsvFolder:
    """The CSV files of one call: each input has its own, decided before work begins.

    Args:
        folder: Where they go; made if it is missing.
        videos: The inputs, as they were named.
        with_face_id: Whether each face gets a file.

    Raises:
        OutputError: A file would overwrite an input.
        OSError: The folder cannot be made.
    """

    def __init__(self, folder: Path, videos: Sequence[str], *, with_face_id: bool) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._with_face_id = with_face_id
        self._names = plan_names(videos, longest_name(folder))
        self._refuse_inputs(videos)

    def write(self, number: int, prediction: Prediction) -> None:
        """Write the curves of input ``number``, counted from 0; all of them or none.

        Raises:
            OSError: They cannot be written.
        """
        suffix = f".face{prediction.face_id}" if self._with_face_id else ""
        path = self._folder / f"{self._names[number]}{suffix}.csv"
        partial = path.with_name(path.name + ".partial")
        try:
            partial.write_text(frames_csv(prediction), encoding="utf-8")
            partial.replace(path)
        except OSError:
            partial.unlink(missing_ok=True)
            raise

    def holds(self, path: Path) -> bool:
        """Whether a file of that name may be written here."""
        stem = re.sub(r"\.face\d+$", "", path.stem) if self._with_face_id else path.stem
        is_planned = path.suffix == ".csv" and stem in self._names
        return is_planned and path.parent.resolve() == self._folder.resolve()

    def _refuse_inputs(self, videos: Sequence[str]) -> None:
        for video in videos:
            if self.holds(Path(video)):
                raise OutputError(
                    f"--csv-dir {self._folder} would overwrite the input {video}; name another "
                    "folder"
                )


def longest_name(folder: Path) -> int:
    """Longest file name that a folder takes [bytes]."""
    try:
        return min(os.pathconf(folder, "PC_NAME_MAX"), LONGEST_NAME)
    except (AttributeError, OSError, ValueError):  # not every system can tell
        return LONGEST_NAME


def plan_names(videos: Sequence[str], longest: int) -> list[str]:
    """Give each input the name of its CSV, without the ending.

    It is the input's own name, ending included, so that clip.mp4 and clip.avi stay apart. Inputs
    of one name get the folders that tell them apart in front: ``s01_clip.mp4``. What is still
    alike or too long for a file name ends in a digest of the whole path. Files named twice share
    a name.

    Args:
        videos: The inputs, as they were named.
        longest: Longest file name [bytes].
    """
    paths = [Path(os.path.abspath(video)) for video in videos]  # noqa: PTH100 (keeps links)
    alike: defaultdict[str, set[Path]] = defaultdict(set)
    for path in paths:
        alike[_folded(path.name)].add(path)
    names = {path: _with_parents(path, alike[_folded(path.name)]) for path in paths}
    uses = Counter(_folded(name) for name in names.values())
    room = longest - ENDINGS
    for path, name in names.items():
        if uses[_folded(name)] > 1 or len(os.fsencode(name)) > room:
            digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:DIGEST]
            names[path] = f"{_cut(name, room - DIGEST - 1)}~{digest}"
    return [names[path] for path in paths]


def _folded(name: str) -> str:
    """What a file system may take for the same name."""
    return unicodedata.normalize("NFC", name).casefold()


def _with_parents(path: Path, alike: set[Path]) -> str:
    if len(alike) == 1:
        return path.name or "root"
    try:
        common = os.path.commonpath([other.parent for other in alike])
    except ValueError:  # on several drives; a digest tells them apart
        return path.name
    return "_".join(path.relative_to(common).parts)


def _cut(name: str, room: int) -> str:
    """Shorten a name to so many bytes without splitting a character."""
    while len(os.fsencode(name)) > room:
        name = name[:-1]
    return name
