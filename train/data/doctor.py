"""Is a dataset what it should be? Counts, order, sizes, damage, leaks between train and test."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from tqdm import tqdm

from core.errors import DataError, VideoError
from core.video import open_video
from core.video.pictures import natural_key
from train.data.clip_files import ClipFiles, count_frames, frame_files
from train.data.dataset import Dataset
from train.data.known_counts import KNOWN

# Below this a face crop has lost what CLIP could see.
SMALL_PX = 64


@dataclass
class Examination:
    """What was found.

    Attributes:
        tables: Clips per class: fold name to part to counts in class order.
        frames: Frames of every readable clip.
        sizes: Width and height of the frames → number of clips.
        notes: Things to know.
        warnings: Things that differ from what is known or usual.
        problems: Clips that cannot be used, with the line that lists them.
        fingerprint: Hash to quote.
    """

    tables: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    frames: list[int] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    fingerprint: str = ""


def examine(dataset: Dataset, *, every_frame: bool = False, frames: int = 16) -> Examination:
    """Look at every clip of a dataset.

    Args:
        dataset: Its lists were read already.
        every_frame: Decode all frames instead of the first one of each clip.
        frames: ``T``, to count the clips that are shorter.
    """
    found = Examination()
    labels = dataset.labels()
    for fold in dataset.folds:
        parts = {"train": fold.train, "validation": fold.validation, "test": fold.test}
        found.tables[fold.name] = {
            part: np.bincount(labels[rows], minlength=len(dataset.class_names)).tolist()
            for part, rows in parts.items()
        }
    _compare_counts(dataset, found)
    if isinstance(dataset, ClipFiles):
        _examine_files(dataset, found, every_frame=every_frame)
    else:
        found.frames = [len(dataset.read(row, 1.0)) for row in range(len(dataset.records))]
    _examine_lengths(found, frames)
    found.fingerprint = dataset.fingerprint
    return found


def _compare_counts(dataset: Dataset, found: Examination) -> None:
    known = KNOWN.get(dataset.name)
    if known is None:
        return
    for fold in dataset.folds:
        counts = (len(fold.train), len(fold.test))
        if fold.name in known.parts and counts != known.parts[fold.name]:
            found.warnings.append(
                f"fold {fold.name} has {counts[0]} training and {counts[1]} test clips; the "
                f"official lists have {known.parts[fold.name][0]} and {known.parts[fold.name][1]}"
            )
    missing = known.parts.keys() - {fold.name for fold in dataset.folds}
    if missing:
        found.warnings.append(f"folds {', '.join(sorted(missing))} are missing")
    classes = np.bincount(dataset.labels(), minlength=len(dataset.class_names)).tolist()
    first = found.tables[dataset.folds[0].name]["test"]
    for what, ours, theirs in (
        ("all clips", classes, known.classes),
        (f"the test part of fold {dataset.folds[0].name}", first, known.test_classes),
    ):
        for name, here, official in zip(dataset.class_names, ours, theirs, strict=True):
            if here != official:
                found.warnings.append(f"{what}: {here} clips of {name}, officially {official}")


def _examine_files(dataset: ClipFiles, found: Examination, *, every_frame: bool) -> None:
    contents: dict[str, list[int]] = defaultdict(list)
    natural = 0
    holes = []
    for row in tqdm(range(len(dataset.records)), unit="clip"):
        origin, path = dataset.records[row].origin, dataset.paths[row]
        try:
            with open_video(path) as video:
                width, height = video.frame_size
                stream = iter(video)
                first = next(stream).image
                if every_frame:
                    found.frames.append(1 + sum(1 for _ in stream))
        except VideoError as error:
            found.problems.append(f"{origin}: {error}")
            continue
        if not every_frame:
            found.frames.append(count_frames(path))
        found.sizes[f"{width}×{height}"] = found.sizes.get(f"{width}×{height}", 0) + 1
        contents[hashlib.sha256(first.tobytes()).hexdigest() + f" {found.frames[-1]}"].append(row)
        if path.is_dir():
            names = [frame.name for frame in frame_files(path)]
            natural += names != sorted(names, key=natural_key)
            if _has_holes(names):
                holes.append(dataset.records[row].name)
        if dataset.detector == "none" and min(width, height) < SMALL_PX:
            found.warnings.append(f"{origin}: {path.name} is only {width}×{height} px")
    _report_order(found, natural, holes)
    _report_sizes(dataset, found)
    _report_duplicates(dataset, found, [rows for rows in contents.values() if len(rows) > 1])


def _has_holes(names: list[str]) -> bool:
    """Whether the last numbers in the frame names leave some out."""
    numbers = [int(found[-1]) for name in names if (found := re.findall(r"\d+", name))]
    return bool(numbers) and len(set(numbers)) != max(numbers) - min(numbers) + 1


def _report_order(found: Examination, natural: int, holes: list[str]) -> None:
    if natural:
        found.notes.append(
            f"{natural} clips have frame names that plain sorting would put out of order; they "
            "are read in natural order (2 before 10)"
        )
    if holes:
        found.warnings.append(f"frame numbers leave gaps in {len(holes)} clips ({_few(holes)})")


def _report_sizes(dataset: ClipFiles, found: Examination) -> None:
    uneven = sum(count for size, count in found.sizes.items() if len(set(size.split("×"))) > 1)
    if dataset.detector == "none" and uneven:
        found.warnings.append(
            f"{uneven} clips are not square although they should be face crops; their middle "
            "square is used, or pass --detector to find the faces"
        )


def _report_duplicates(dataset: ClipFiles, found: Examination, groups: list[list[int]]) -> None:
    leaks = [text for rows in groups for text in _leaks(dataset, rows)]
    for text in leaks[:20]:
        found.warnings.append(text)
    if len(leaks) > 20:
        found.warnings.append(f"… and {len(leaks) - 20} more clips in both parts of a fold")
    inside = sum(len(rows) - 1 for rows in groups)
    if inside:
        found.notes.append(f"{inside} clips start with the same picture as another of equal length")


def _leaks(dataset: ClipFiles, rows: list[int]) -> Iterator[str]:
    for fold in dataset.folds:
        train, test = (np.intersect1d(rows, part) for part in (fold.train, fold.test))
        if len(train) and len(test):
            names = [dataset.records[row].name for row in (train[0], test[0])]
            yield (
                f"fold {fold.name}: the same clip is in training ({names[0]}) and test ({names[1]})"
            )


def _examine_lengths(found: Examination, frames: int) -> None:
    if not found.frames:
        return
    lengths = np.array(found.frames)
    short = int((lengths < frames).sum())
    found.notes.append(
        f"frames per clip: {lengths.min()} to {lengths.max()}, median {np.median(lengths):g}; "
        f"{short} clips are shorter than {frames} and repeat their last frame"
    )
    if len(lengths) > 1 and (lengths == frames).all():
        found.warnings.append(
            f"every clip has exactly {frames} frames: this looks like the interpolated variant, "
            "results differ from those on all frames"
        )


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")


def raise_if_unusable(found: Examination) -> None:
    """Stop when clips cannot be used.

    Raises:
        DataError: All of them are named.
    """
    if found.problems:
        listing = "\n  ".join(found.problems)
        raise DataError(f"{len(found.problems)} clips cannot be used:\n  {listing}")
