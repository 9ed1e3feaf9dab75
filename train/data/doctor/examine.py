"""Is a dataset what it should be? Counts, order, sizes, damage, leaks between train and test."""

import numpy as np

from train.data.clip_files import ClipFiles
from train.data.dataset import Dataset
from train.data.doctor.files import examine_files
from train.data.doctor.findings import Examination
from train.data.doctor.known_counts import KNOWN, KnownCounts
from train.data.doctor.soundness import doubts, obstacles


def examine(dataset: Dataset, *, every_frame: bool = False, frames: int = 16) -> Examination:
    """Look at every clip of a dataset.

    Args:
        dataset: Its lists were read already.
        every_frame: Decode all frames instead of the first one of each clip.
        frames: ``T``, to count the clips that are shorter.
    """
    found = Examination(notes=list(dataset.notes))
    labels = dataset.labels()
    for fold in dataset.folds:
        parts = {"train": fold.train, "validation": fold.validation, "test": fold.test}
        found.tables[fold.name] = {
            part: np.bincount(labels[rows], minlength=len(dataset.class_names)).tolist()
            for part, rows in parts.items()
        }
        found.warnings += obstacles(dataset, fold) + doubts(dataset, fold)
    _compare_counts(dataset, found)
    if isinstance(dataset, ClipFiles):
        examine_files(dataset, found, every_frame=every_frame)
    else:
        found.frames = [len(dataset.read(row, 1.0)) for row in range(len(dataset.records))]
    _examine_lengths(found, frames)
    found.fingerprint = dataset.fingerprint
    return found


def _compare_counts(dataset: Dataset, found: Examination) -> None:
    known = KNOWN.get(dataset.name)
    if known is not None:
        _compare_folds(dataset, found, known)
        _compare_classes(dataset, found, known)


def _compare_folds(dataset: Dataset, found: Examination, known: KnownCounts) -> None:
    for fold in dataset.folds:
        counts = (len(fold.train), len(fold.test))
        if fold.name in known.parts and counts != known.parts[fold.name]:
            found.warnings.append(
                f"fold {fold.name} has {counts[0]} training and {counts[1]} test clips; the "
                f"official lists have {known.parts[fold.name][0]} and {known.parts[fold.name][1]}"
            )
    folds = {fold.name for fold in dataset.folds}
    for names, what in (
        (known.parts.keys() - folds, "missing"),
        (folds - known.parts.keys(), "none of the official ones"),
    ):
        if names:
            found.warnings.append(f"folds {', '.join(sorted(names))} are {what}")


def _compare_classes(dataset: Dataset, found: Examination, known: KnownCounts) -> None:
    classes = np.bincount(dataset.labels(), minlength=len(dataset.class_names)).tolist()
    first = found.tables[dataset.folds[0].name]["test"]
    for what, ours, theirs in (
        ("all clips", classes, known.classes),
        (f"the test part of fold {dataset.folds[0].name}", first, known.test_classes),
    ):
        for name, here, official in zip(dataset.class_names, ours, theirs, strict=True):
            if here != official:
                found.warnings.append(f"{what}: {here} clips of {name}, officially {official}")


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
