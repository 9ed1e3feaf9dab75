"""A folder per class: anybody's clips without a list."""

from collections.abc import Iterator
from pathlib import Path

from core.errors import DataError
from train.data.clip_files import IMAGE_SUFFIXES, Listing
from train.data.dataset import ClipRecord
from train.data.layouts.listing import ListBuilder
from train.data.layouts.names import class_name, class_order
from train.data.layouts.parts import part_name
from train.data.problems import in_words


def read_folders(root: Path, classes: tuple[str, ...] | None = None) -> Listing:
    """Read ``root/<class>/<clip>`` or ``root/<part>/<class>/<clip>``.

    A part is ``train``, ``validation`` or ``test``, also by its usual other names. A clip is a
    video file or a folder of frame images; a folder of clips between class and clip is a person.

    Raises:
        DataError: No clips, a part twice, or class names without a known order.
    """
    tops, beside = _parts(root)
    folders = [(part, folder) for part, top in tops.items() for folder in _folders(top)]
    order = class_order((folder.name for _, folder in folders), classes, str(root))
    builder = ListBuilder(root.resolve().name, order)
    if beside:
        builder.notes.append(
            f"{in_words(beside)} beside the parts {', '.join(top.name for top in tops.values())} "
            "is not read; parts are train, validation (val) and test"
        )
    for part, folder in folders:
        label = order.index(class_name(folder.name))
        for path, person in _clips(folder):
            record = ClipRecord(str(path.relative_to(root)), label, person, origin=str(path))
            builder.add(record, path, fold="all", part=part)
    return builder.build()


def _parts(root: Path) -> tuple[dict[str, Path], list[str]]:
    """The folder of each part, and the names of folders beside them; without parts all train."""
    tops: dict[str, Path] = {}
    beside = []
    for folder in _folders(root):
        part = part_name(folder.name)
        if part is None:
            beside.append(folder.name)
        elif part in tops:
            raise DataError(
                f"{root} holds {tops[part].name} and {folder.name}, which both name the {part} "
                "part; keep one"
            )
        else:
            tops[part] = folder
    return (tops, beside) if tops else ({"train": root}, [])


def _clips(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every clip of a class, and who is seen in it if a folder says so."""
    for path in _visible(folder):
        inside = list(_visible(path)) if path.is_dir() else []
        if inside and not any(file.suffix.lower() in IMAGE_SUFFIXES for file in inside):
            yield from ((clip, path.name) for clip in inside)
        else:
            yield path, ""


def _folders(folder: Path) -> Iterator[Path]:
    return (path for path in _visible(folder) if path.is_dir())


def _visible(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder; give the one that holds a folder for every class")
    return (path for path in sorted(folder.iterdir()) if not path.name.startswith("."))
