"""Look into the files of clips: damage, order and size of frames, the same clip twice."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from core.errors import VideoError
from core.video import open_video
from core.video.pictures import natural_key
from train.data.clip_files import ClipFiles, count_frames, frame_files
from train.data.doctor.findings import Examination
from train.data.problems import shortened

# Below this a face crop has lost what CLIP could see.
SMALL_PX = 64


@dataclass(frozen=True)
class _Look:
    """What one clip shows: its size [px], its frames, and a hash of the first one."""

    width: int
    height: int
    frames: int
    first: str


def examine_files(dataset: ClipFiles, found: Examination, *, every_frame: bool) -> None:
    """Look at every clip and note what is unusual.

    Args:
        dataset: The clips.
        found: Takes what is found.
        every_frame: Decode all frames instead of the first one of each clip.
    """
    same: dict[str, list[int]] = defaultdict(list)
    small, natural, holes = [], 0, []
    for row in tqdm(range(len(dataset.records)), unit="clip"):
        record, path = dataset.records[row], dataset.paths[row]
        try:
            look = _look(path, every_frame=every_frame)
        except (VideoError, OSError) as error:
            what = error if path.exists() else f"{path} is missing"
            found.problems.append(f"{record.origin}: {what}")
            continue
        found.frames.append(look.frames)
        size = f"{look.width}×{look.height}"
        found.sizes[size] = found.sizes.get(size, 0) + 1
        same[f"{look.first} {look.frames}"].append(row)
        names = [frame.name for frame in frame_files(path)] if path.is_dir() else []
        natural += names != sorted(names, key=natural_key)
        holes += [record.name] * _has_holes(names)
        if dataset.detector == "none" and min(look.width, look.height) < SMALL_PX:
            small.append(f"{record.origin}: {path.name} is only {size} px")
    found.warnings += shortened(small)
    _report_order(found, natural, holes)
    _report_sizes(dataset, found)
    _report_duplicates(dataset, found, [rows for rows in same.values() if len(rows) > 1])


def _look(path: Path, *, every_frame: bool) -> _Look:
    with open_video(path) as video:
        width, height = video.frame_size
        stream = iter(video)
        first = next(stream).image
        frames = 1 + sum(1 for _ in stream) if every_frame else count_frames(path)
    return _Look(width, height, frames, hashlib.sha256(first.tobytes()).hexdigest())


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
    found.warnings += shortened(leaks)
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


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
