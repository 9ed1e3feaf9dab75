"""From lines of lists to a dataset; every line that cannot be used is reported, all at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.errors import DataError
from core.video.pictures import natural_key
from train.data.clip_files import Listing
from train.data.dataset import ClipRecord, Fold
from train.data.layouts.parts import PARTS
from train.data.problems import in_words, listed


@dataclass
class ListBuilder:
    """Collects clips and their places in folds.

    Attributes:
        name: Short name of the dataset.
        class_names: In label order.
    """

    name: str
    class_names: tuple[str, ...]
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _records: dict[str, ClipRecord] = field(default_factory=dict)
    _paths: dict[str, Path] = field(default_factory=dict)
    _places: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)

    def add(self, record: ClipRecord, path: Path, *, fold: str, part: str) -> None:
        """Take one line of a list; the same clip may be in several folds.

        Args:
            record: The clip; its origin is the line.
            path: Its file or folder.
            fold: Name of the division.
            part: ``train``, ``validation`` or ``test`` of it.
        """
        earlier = self._records.setdefault(record.name, record)
        if self._paths.setdefault(record.name, path) != path:
            self.problems.append(
                f"{record.origin}: {record.name} is {path} here, but {self._paths[record.name]} in "
                f"{earlier.origin}"
            )
        if earlier.label != record.label:
            self.problems.append(
                f"{record.origin}: {record.name} is {self.class_names[record.label]} here, but "
                f"{self.class_names[earlier.label]} in {earlier.origin}"
            )
        places = self._places.setdefault(fold, {})
        if record.name in places:
            where, origin = places[record.name]
            also = "but also in its" if where != part else "as it was before in the"
            self.problems.append(
                f"{record.origin}: {record.name} is in the {part} part of fold {fold}, {also} "
                f"{where} part ({origin})"
            )
        places[record.name] = (part, record.origin)

    @property
    def is_begun(self) -> bool:
        """Whether any line was read."""
        return bool(self._records or self.problems)

    def problem(self, origin: str, text: str) -> None:
        """Report a line that is no clip at all."""
        self.problems.append(f"{origin}: {text}")

    def build(self) -> Listing:
        """Return the dataset's contents in natural order of the names.

        Clips whose files are not there stay in it: whoever reads one is told.

        Raises:
            DataError: A line could not be used, or not a single clip is there.
        """
        if self.problems:
            raise DataError(
                f"{self.name}: {len(self.problems)} rows cannot be used:\n  {listed(self.problems)}"
            )
        names = sorted(self._records, key=natural_key)
        if not names:
            raise DataError(f"{self.name}: no clip is listed")
        self._raise_without_files(names)
        rows = {name: row for row, name in enumerate(names)}
        folds = [self._fold(name, rows) for name in sorted(self._places, key=natural_key)]
        return Listing(
            self.name,
            self.class_names,
            [self._records[name] for name in names],
            [self._paths[name] for name in names],
            tuple(folds),
            tuple(self.notes),
        )

    def _raise_without_files(self, names: Iterable[str]) -> None:
        """A wrong folder or a mistake in all names is no matter of single clips."""
        missing = []
        for name in names:
            if self._paths[name].exists():
                return
            missing.append(f"{self._records[name].origin}: {self._paths[name]} is missing")
        raise DataError(
            f"{self.name}: none of the {len(missing)} clips is where the lists say; are the names "
            f"and the folder right?\n  {listed(missing)}"
        )

    def _fold(self, name: str, rows: dict[str, int]) -> Fold:
        places = self._places[name].items()
        parts = [
            np.array(sorted(rows[clip] for clip, (where, _) in places if where == part), np.int64)
            for part in PARTS
        ]
        return Fold(name, *parts)


def read_lines(path: Path) -> list[tuple[str, str]]:
    """Non-empty lines of a text file with their origin ``file:number``.

    Raises:
        DataError: It cannot be read as text.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"{path} cannot be read as a list ({error}); save it as text in UTF-8"
        ) from error
    return [
        (f"{path}:{number}", line.strip())
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]


def the_folder(root: Path, *candidates: str) -> Path:
    """The first of several places under the root that exists.

    Raises:
        DataError: None does, or one pattern fits several: which was meant is not ours to guess.
    """
    for candidate in candidates:
        found = sorted(root.glob(candidate), key=lambda path: natural_key(str(path)))
        if len(found) > 1:
            raise DataError(
                f"{root} holds {in_words([str(path.relative_to(root)) for path in found])} where "
                "one is expected; move the others away"
            )
        if found:
            return found[0]
    raise DataError(f"{root} has none of {', '.join(candidates)}; is it the dataset's root folder?")
