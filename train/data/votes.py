"""How people voted on each clip: DFEW has ten voters and MAFW eleven, and they often disagree."""

import csv
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from train.data.dataset import Dataset
from train.data.layouts.names import class_name
from train.data.problems import in_words, listed

Votes = NDArray[np.float32]

# What the column that names the clips may be called.
ENDING = re.compile(r"\.(mp4|avi|mkv|mov)$", re.IGNORECASE)
CLIP_COLUMNS = ("clip", "video", "video_name", "name", "path", "order")


def read_votes(path: Path, dataset: Dataset) -> Votes:
    """Read a CSV with a column that names clips and one of counts for each class.

    Classes may be written as DFEW's table has them (``1happy``); columns of other names are
    passed over, and so are clips that the dataset does not have.

    Args:
        path: The table, exported as CSV with a header.
        dataset: What it is about.

    Returns:
        ``(N, K)`` shares of the votes, 1 in all for each clip; NaN for clips without a vote.

    Raises:
        DataError: Not such a table, or rows that cannot be used.
    """
    header, rows = _read(path)
    names = [_plain(name) for name in header]
    clip = next((i for i, name in enumerate(header) if name.lower() in CLIP_COLUMNS), None)
    missing = [name for name in dataset.class_names if name not in names]
    if clip is None or missing:
        what = f"no column for {in_words(missing)}" if missing else "no column that names the clips"
        raise DataError(
            f"{path} has {what} (it has {in_words(header)}); it needs one of "
            f"{', '.join(CLIP_COLUMNS)} and one of counts for each class"
        )
    columns = [names.index(name) for name in dataset.class_names]
    places = {_key(record.name): row for row, record in enumerate(dataset.records)}
    votes = np.full((len(dataset.records), len(columns)), np.nan, np.float32)
    problems = []
    for line, cells in rows:
        place = places.get(_key(cells[clip])) if len(cells) > max(clip, *columns) else None
        if place is None:
            continue
        counts = [_count(cells[column]) for column in columns]
        if min(counts) < 0 or not sum(counts):
            problems.append(f"{path}:{line}: votes must be counts with a sum above 0, got {counts}")
            continue
        votes[place] = np.array(counts) / sum(counts)
    if problems:
        raise DataError(f"{len(problems)} rows cannot be used:\n  {listed(problems)}")
    if np.isnan(votes).all():
        raise DataError(
            f"{path} names no clip of {dataset.name}, such as {dataset.records[0].name}"
        )
    return votes


def soft_targets(votes: Votes, labels: NDArray[np.int64], share: float) -> Votes:
    """What is to be learned of each clip: votes and label, mixed.

    Args:
        votes: From ``read_votes``.
        labels: ``(N,)``.
        share: Of the votes; a clip without any has its label alone.

    Returns:
        ``(N, K)``, 1 in all for each clip.
    """
    own = np.eye(votes.shape[1], dtype=np.float32)[labels]
    return np.where(np.isnan(votes), own, share * votes + (1 - share) * own).astype(np.float32)


def _read(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            lines = [
                (number, [cell.strip() for cell in cells])
                for number, cells in enumerate(csv.reader(stream), start=1)
                if any(cells)
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            f"{path} cannot be read as CSV ({error}); export the table as CSV in UTF-8"
        ) from error
    if not lines:
        raise DataError(f"{path} is empty")
    return lines[0][1], lines[1:]


def _plain(name: str) -> str:
    return class_name(re.sub(r"^\d+[\s._-]*", "", name))


def _key(name: str) -> str:
    """A clip's name without what lists write in different ways: ending and leading zeros."""
    plain = re.sub(
        r"\.(mp4|avi|mkv|mov)$", "", name.strip().replace("\\", "/"), flags=re.IGNORECASE
    )
    return plain.lstrip("0") or "0"


def _count(cell: str) -> float:
    try:
        value = float(cell or 0)
    except ValueError:
        return -1.0
    return value if np.isfinite(value) else -1.0
