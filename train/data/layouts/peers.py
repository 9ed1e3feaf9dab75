"""Lists that other projects make of the official datasets: what peers have on disk already.

DFER-CLIP's ``annotation/*.txt`` say ``frame folder, number of frames, class``; MAE-DFER's (and what
follows it) ``train.csv`` and ``test.csv`` say ``frame folder, class``; both without a header and
with single spaces, classes counted from 0.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from core.errors import DataError
from core.labels import ELEVEN, SEVEN
from train.data.clip_files import Listing
from train.data.dataset import ClipRecord
from train.data.layouts.listing import ListBuilder, read_lines
from train.data.layouts.names import class_name, distinct
from train.data.layouts.parts import part_name

# MAE-DFER counts MAFW's classes in the order of MAFW's paper.
MAFW_ORDER = (
    *("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise"),
    *("contempt", "anxiety", "helplessness", "disappointment"),
)
DATASETS = ("dfew", "ferv39k", "mafw")
# Listed clips that are looked for until one tells where all of them are.
LOOKED_FOR = 200


@dataclass(frozen=True)
class _Line:
    origin: str
    place: PurePosixPath
    label: int
    fold: str
    part: str
    counted: bool


def read_lists(
    paths: Sequence[Path], frames: str | None = None, classes: tuple[str, ...] | None = None
) -> Listing:
    """Read lists of frame folders with numbered classes.

    Fold and part come from the names: ``DFEW_set_1_train.txt``, ``split01/test.csv``. A validation
    list that repeats the test list, as MAE-DFER's does, is left out.

    Args:
        paths: Lists, or a folder of them.
        frames: Folder that holds the frame folders here; without it, paths count as they stand.
        classes: What the numbers mean; without it the order of the project and dataset, which the
            names of the lists tell.

    Raises:
        DataError: Lists that cannot be used, or numbers that nothing gives a meaning.
    """
    files = [file for path in paths for file in _files(path)]
    name = _dataset(files)
    builder = ListBuilder(name or "-".join(dict.fromkeys(file.stem for file in files)), ())
    lines = [line for file in files for line in _lines(file, builder)]
    if not frames:
        lines = [replace(line, place=_as_listed(line)) for line in lines]
    tests = {(line.fold, line.place) for line in lines if line.part == "test"}
    same = {(line.fold, line.place) for line in lines if line.part == "validation"}
    if same and same == tests:
        lines = [line for line in lines if line.part != "validation"]
        builder.notes.append("the validation lists repeat the test lists and are left out")
    meaning = distinct(map(class_name, classes), "--classes") if classes else _order(name, lines)
    builder.class_names = meaning if classes else _ours(name)
    skipped = _skipped(lines, frames)
    for line in lines:
        if not 0 <= line.label < len(meaning):
            builder.problem(line.origin, f"class must be 0-{len(meaning) - 1}, got {line.label}")
            continue
        word = meaning[line.label]
        said = class_name(line.place.parent.name)
        if said in meaning and said != word:
            builder.problem(
                line.origin,
                f"class {line.label} is {word} here, but the folder says {said}; give the order "
                "of the classes with --classes",
            )
            continue
        inside = PurePosixPath(*line.place.parts[skipped:])
        record = ClipRecord(str(inside), builder.class_names.index(word), origin=line.origin)
        path = Path(frames) / inside if frames else Path(line.place)
        builder.add(record, path, fold=line.fold, part=line.part)
    return builder.build()


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = sorted(file for file in path.rglob("*") if file.suffix in {".txt", ".csv"})
    if not found:
        raise DataError(f"{path} holds no list that ends in .txt or .csv")
    return found


def _dataset(files: Sequence[Path]) -> str:
    """The one dataset that all lists are of, by their names or those of their folders."""
    found = set().union(*map(_named, files))
    if len(found) > 1:
        raise DataError(f"the lists are of {' and '.join(sorted(found))}; give those of one")
    return next(iter(found), "")


def _named(file: Path) -> set[str]:
    """Datasets in the name of a file, or in that of the nearest folder that names one."""
    for word in reversed(file.resolve().parts):
        found = {name for name in DATASETS if name in word.lower()}
        if found:
            return found
    return set()


def _lines(file: Path, builder: ListBuilder) -> Iterator[_Line]:
    words = re.split(r"[_.\-]", file.stem)
    part = next((part for word in words if (part := part_name(word))), None)
    if part is None:
        raise DataError(f"{file} does not say train, val or test in its name")
    number = re.search(r"(?:set|split|fold|fd)_?0*(\d+)", f"{file.parent.name}/{file.stem}".lower())
    fold = number[1] if number else "all"
    for origin, text in read_lines(file):
        match = re.fullmatch(r"(.+?)(?:\s+(\d+))?\s+(\d+)", text)
        if match is None:
            builder.problem(origin, f"expected 'folder [frames] class', got {text!r}")
            continue
        place = PurePosixPath(match[1].strip().replace("\\", "/"))
        yield _Line(origin, place, int(match[3]), fold, part, counted=match[2] is not None)


def _order(name: str, lines: Sequence[_Line]) -> tuple[str, ...]:
    if name in {"dfew", "ferv39k"}:
        return SEVEN
    if name == "mafw":
        # DFER-CLIP's lists count frames and follow its own order, MAE-DFER's do not.
        return ELEVEN if all(line.counted for line in lines) else MAFW_ORDER
    raise DataError(
        "nothing tells what the numbers of the classes mean; name them in order with --classes"
    )


def _ours(name: str) -> tuple[str, ...]:
    return ELEVEN if name == "mafw" else SEVEN


def _skipped(lines: Sequence[_Line], frames: str | None) -> int:
    """How many leading folders of the listed places belong to the machine they were made on."""
    if not lines:
        return 0
    if frames:
        for line in lines[:LOOKED_FOR]:
            for skipped in range(len(line.place.parts)):
                inside = line.place.parts[skipped:]
                if not inside[0].startswith("/") and Path(frames, *inside).exists():
                    return skipped
    shared = os.path.commonpath([str(line.place.parent) for line in lines])
    return len(PurePosixPath(shared).parts)


def _as_listed(line: _Line) -> PurePosixPath:
    """Relative places start at the folder of their list."""
    folder = Path(line.origin.rpartition(":")[0]).resolve().parent
    return PurePosixPath(folder.as_posix()) / line.place
