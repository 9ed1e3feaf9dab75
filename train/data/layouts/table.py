"""Tables of clips: anybody's clips with whatever is known of them."""

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import DataError
from train.data.clip_files import Listing
from train.data.dataset import ClipRecord
from train.data.layouts.listing import ListBuilder
from train.data.layouts.names import class_name, class_order
from train.data.layouts.parts import part_name

COLUMNS = {"path", "label", "subject", "fold"}


@dataclass(frozen=True)
class _Row:
    """One line: its cells by column, stripped, and where it stands."""

    table: Path
    origin: str
    cells: dict[str, str]
    problem: str = ""

    @property
    def place(self) -> str:
        """Fold or part: what the line says, else what the name of its file means."""
        said = self.cells.get("fold", "")
        return part_name(said) or said or part_name(self.table.stem) or ""


def read_table(paths: Sequence[Path], classes: tuple[str, ...] | None = None) -> Listing:
    """Read CSV files with the columns ``path,label`` and optionally ``subject`` and ``fold``.

    Paths are relative to the CSV's folder. A fold of ``train``, ``validation`` or ``test`` names
    the part; any other value is a group that is the test part of the fold of that name and
    training in all others. Without a word about it, files called train.csv, val.csv or test.csv
    are these parts, and everything else is training.

    Raises:
        DataError: No such table, or rows that cannot be used.
    """
    rows = [row for path in paths for row in _read_rows(path)]
    labelled = [row.cells["label"] for row in rows if row.cells.get("label")]
    order = class_order(labelled, classes, " and ".join(map(str, paths)))
    builder = ListBuilder("-".join(path.stem for path in paths), order)
    root = Path(os.path.commonpath([path.resolve().parent for path in paths]))
    groups = {row.place for row in rows if part_name(row.place) is None} - {""}
    absolute = 0
    for row in rows:
        problem = row.problem or _problem(row, groups)
        if problem:
            builder.problem(row.origin, problem)
            continue
        path, name = _locate(row, root)
        absolute += Path(name).is_absolute()
        label = order.index(class_name(row.cells["label"]))
        record = ClipRecord(name, label, row.cells.get("subject", ""), row.origin)
        places = {group: "test" if group == row.place else "train" for group in groups}
        for fold, part in (places or {"all": row.place or "train"}).items():
            builder.add(record, path, fold=fold, part=part)
    if absolute:
        builder.notes.append(
            f"{absolute} paths are absolute and lie outside the folder of the table: they hold on "
            "this machine only, and the fingerprint with them"
        )
    return builder.build()


def _problem(row: _Row, groups: set[str]) -> str:
    if not row.cells.get("path") or not row.cells.get("label"):
        return "path or label is empty"
    if groups and row.place not in groups:
        return f"fold is {row.place!r}, others are {', '.join(sorted(groups))}"
    return ""


def _locate(row: _Row, root: Path) -> tuple[Path, str]:
    """Where a clip is, and its name: one spelling for each file, the same on every machine."""
    folder = row.table.resolve().parent
    path = Path(os.path.normpath(folder / row.cells["path"]))
    written = Path(row.cells["path"])
    if path.is_relative_to(root):
        return path, str(path.relative_to(root))
    return path, str(path) if written.is_absolute() else os.path.relpath(path, root)


def _read_rows(path: Path) -> list[_Row]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream, restkey="")
            names = [(name or "").strip().lower() for name in reader.fieldnames or ()]
            if not {"path", "label"} <= set(names) or set(names) - COLUMNS:
                raise DataError(
                    f"{path}: the first line must be path,label[,subject,fold] with commas, got "
                    f"{','.join(reader.fieldnames or ())!r}"
                )
            if len(set(names)) < len(names):
                raise DataError(f"{path}: a column is there twice ({','.join(names)!r})")
            reader.fieldnames = names
            return [_row(path, reader.line_num, cells) for cells in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            f"{path} cannot be read as CSV ({error}); save it as CSV in UTF-8"
        ) from error


def _row(path: Path, line: int, cells: dict[str, str]) -> _Row:
    more = cells.pop("", None)
    stripped = {name: (value or "").strip() for name, value in cells.items()}
    problem = f"{len(more)} cells more than columns; quote commas inside a cell" if more else ""
    return _Row(path, f"{path}:{line}", stripped, problem)
