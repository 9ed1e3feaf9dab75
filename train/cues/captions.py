"""Captions of facial change as a file: one JSON object per line and clip."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from core.errors import ConfigError, DataError
from core.settings import STRICT, dump_settings, parse_settings
from train.data.dataset import Dataset
from train.runtime.disk import replacing

Share = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True, config=STRICT)
class Segment:
    """A part of a clip and what changes in it.

    Attributes:
        start_share: Where it begins, 0 the clip's first frame and 1 its last.
        end_share: Where it ends.
        caption: What changes.
    """

    start_share: Share
    end_share: Share
    caption: str

    @model_validator(mode="after")
    def _in_order(self) -> "Segment":
        if self.end_share < self.start_share:
            raise ValueError("end_share is before start_share")
        return self


@dataclass(frozen=True, config=STRICT)
class ClipCaption:
    """One line of the file.

    Attributes:
        clip: Name of the clip, as in ``ClipRecord``.
        caption: What changes in the face; empty where nothing can be said.
        source: What wrote it, for instance ``rules`` or the id of a model.
        contents: ``fingerprint_of`` the clip that was described; optional, checked where given.
        segments: The parts of the change in order of time; optional.
    """

    clip: str
    caption: str
    source: str
    contents: str | None = None
    segments: tuple[Segment, ...] = ()

    def to_line(self) -> str:
        """The line, its end included."""
        optional = {"contents", "segments"}
        plain = dump_settings(self).items()
        kept = {name: value for name, value in plain if value or name not in optional}
        return json.dumps(kept, ensure_ascii=False) + "\n"


def captions_file(root: Path, dataset: Dataset, source: str) -> Path:
    """Where ``train cues`` puts captions of a dataset by ``rules`` or by a model."""
    slug = re.sub(r"[^\w.-]+", "-", source).strip("-")
    return root / f"{dataset.name[:40]}-captions-{slug}.jsonl"


def fingerprint_of(dataset: Dataset, row: int) -> str:
    """Short hash of what decides a clip's pictures."""
    return hashlib.sha256(dataset.contents(row).encode()).hexdigest()[:12]


def read_captions(path: Path, dataset: Dataset) -> list[str]:
    """Read the caption of every clip, in the dataset's order; lines may be in any order.

    Raises:
        DataError: The file is missing or damaged, or its clips are not the dataset's.
    """
    found = {entry.clip: entry for entry in parse_captions(path)}
    names = [record.name for record in dataset.records]
    missing = [name for name in names if name not in found]
    if missing:
        raise DataError(
            f"{path} has no caption of {len(missing)} of {len(names)} clips "
            f"(first {missing[0]}); run `python -m train cues` again"
        )
    check_captions(path, found, dataset)
    return [found[name].caption for name in names]


def check_captions(path: Path, found: dict[str, ClipCaption], dataset: Dataset) -> None:
    """Make sure that captions are about the clips of a dataset.

    Raises:
        DataError: They name unknown clips, or clips with other pictures.
    """
    rows = {record.name: row for row, record in enumerate(dataset.records)}
    foreign = [name for name in found if name not in rows]
    if foreign:
        raise DataError(
            f"{path} describes {len(foreign)} clips that {dataset.name} does not have "
            f"({', '.join(foreign[:3])}); give the captions of these data"
        )
    changed = [
        name
        for name, entry in found.items()
        if entry.contents and entry.contents != fingerprint_of(dataset, rows[name])
    ]
    if changed:
        raise DataError(
            f"{path} describes other pictures of {len(changed)} clips ({', '.join(changed[:3])}); "
            "delete it and run `python -m train cues` again"
        )


def parse_captions(path: Path) -> Iterator[ClipCaption]:
    """Yield the lines of a file of captions.

    Raises:
        DataError: It cannot be read, a line is none of a caption, or a clip occurs twice.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"{path} cannot be read as captions ({error}); `python -m train cues` writes them"
        ) from error
    seen: set[str] = set()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        entry = _parse_line(line, f"{path}:{number}")
        if entry.clip in seen:
            raise DataError(f"{path}:{number}: a second caption of {entry.clip}; keep one")
        seen.add(entry.clip)
        yield entry


def write_captions(path: Path, captions: Iterable[ClipCaption]) -> None:
    """Write captions, whole or not at all."""
    with replacing(path) as partial:
        partial.write_text("".join(entry.to_line() for entry in captions), encoding="utf-8")


def _parse_line(line: str, origin: str) -> ClipCaption:
    try:
        return parse_settings(ClipCaption, json.loads(line), source=origin)
    except ConfigError as error:
        raise DataError(str(error)) from error
    except ValueError as error:
        raise DataError(
            f"{origin} is no JSON object ({error}); mend the line or delete it"
        ) from error
