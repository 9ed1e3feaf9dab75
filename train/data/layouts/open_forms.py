"""Two forms for anybody's clips: a folder per class, or a table."""

import csv
from pathlib import Path

from core.errors import DataError
from train.data.clip_files import Listing
from train.data.dataset import ClipRecord
from train.data.layouts.listing import PARTS, ListBuilder
from train.data.layouts.names import class_name, class_order

COLUMNS = {"path", "label", "subject", "fold"}


def read_folders(root: Path, classes: tuple[str, ...] | None = None) -> Listing:
    """Read ``root/<class>/<clip>`` or ``root/{train,validation,test}/<class>/<clip>``.

    A clip is a video file or a folder of frame images.

    Raises:
        DataError: No clips, or class names without a known order.
    """
    parts = [part for part in PARTS if (root / part).is_dir()]
    tops = {part: root / part for part in parts} or {"train": root}
    folders = [
        (part, folder)
        for part, top in tops.items()
        for folder in sorted(top.iterdir())
        if folder.is_dir() and not folder.name.startswith(".")
    ]
    order = class_order((folder.name for _, folder in folders), classes, str(root))
    builder = ListBuilder(root.resolve().name, order)
    for part, folder in folders:
        label = order.index(class_name(folder.name))
        for path in sorted(folder.iterdir()):
            if not path.name.startswith("."):
                name = str(path.relative_to(root))
                record = ClipRecord(name, label, origin=str(path))
                builder.add(record, path, fold="all", part=part)
    return builder.build()


def read_table(path: Path, classes: tuple[str, ...] | None = None) -> Listing:
    """Read a CSV with the columns ``path,label`` and optionally ``subject`` and ``fold``.

    Paths are relative to the CSV's folder. A fold of ``train``, ``validation`` or ``test`` names
    the part; any other value is a group that is the test part of the fold of that name and
    training in all others. Without the column everything is training.

    Raises:
        DataError: No such table, or rows that cannot be used; all are named.
    """
    rows = _read_rows(path)
    labelled = [row["label"] for _, row in rows if row.get("label")]
    order = class_order(labelled, classes, str(path))
    builder = ListBuilder(path.stem, order)
    groups = {row.get("fold") or "" for _, row in rows} - {*PARTS, ""}
    for origin, row in rows:
        fold = row.get("fold") or ""
        if not row.get("path") or not row.get("label"):
            builder.problem(origin, "path or label is empty")
            continue
        if groups and fold not in groups:
            builder.problem(origin, f"fold is {fold!r}, others are {', '.join(sorted(groups))}")
            continue
        record = ClipRecord(
            row["path"], order.index(class_name(row["label"])), row.get("subject") or "", origin
        )
        places = {group: "test" if group == fold else "train" for group in groups}
        for name, part in (places or {"all": fold or "train"}).items():
            builder.add(record, path.parent / row["path"], fold=name, part=part)
    return builder.build()


def _read_rows(path: Path) -> list[tuple[str, dict[str, str]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            names = {(name or "").strip() for name in reader.fieldnames or ()}
            if not {"path", "label"} <= names or not names <= COLUMNS:
                raise DataError(
                    f"{path}: the first line must be path,label[,subject,fold], got "
                    f"{','.join(reader.fieldnames or ())!r}"
                )
            return [
                (
                    f"{path}:{reader.line_num}",
                    {
                        (key or "").strip(): (value or "").strip()
                        for key, value in row.items()
                        if not isinstance(value, list)
                    },
                )
                for row in reader
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as CSV ({error})") from error
