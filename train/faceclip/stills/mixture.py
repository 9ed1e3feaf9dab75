"""Mix still-face collections of different size, balance and trust into one training set."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.labels import SEVEN
from train.faceclip.stills.sources import Stills
from train.runtime.arrays import write_arrays


def split_by_class(stills: Stills, share: float, seed: int) -> tuple[Stills, Stills]:
    """Hold out a share of each class; returns training and validation part."""
    generator = np.random.default_rng(seed)
    held = np.zeros(len(stills), bool)
    for label in range(len(SEVEN)):
        rows = np.flatnonzero(stills.labels == label)
        held[generator.permutation(rows)[: int(len(rows) * share)]] = True
    return stills.subset(~held), stills.subset(held)


def split_by_person(stills: Stills, every: int) -> tuple[Stills, Stills]:
    """Hold out every ``every``-th person, by name order; no person is in both parts."""
    held = set(np.unique(stills.people)[::every])
    mask = np.array([person in held for person in stills.people])
    return stills.subset(~mask), stills.subset(mask)


def join(parts: Sequence[Stills]) -> Stills:
    """Put collections one after the other."""
    return Stills(
        np.concatenate([part.images for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.people for part in parts]),
    )


def drawing_weights(
    main: Stills, extras: Sequence[Stills], *, class_power: float, extra_share: float
) -> NDArray[np.float64]:
    """Chance of drawing each still of ``join([main, *extras])``; sums to one.

    Classes are drawn in proportion to their size in ``main`` to ``class_power``. Inside a class
    each extra collection gets at most ``extra_share`` of the draws, whatever its size, because
    its labels are noisier or its faces few.
    """
    sizes = np.bincount(main.labels, minlength=len(SEVEN)).astype(np.float64)
    chances = sizes**class_power / (sizes**class_power).sum()
    weights = []
    for part in (main, *extras):
        counts = np.bincount(part.labels, minlength=len(SEVEN)).astype(np.float64)
        if part is main:
            per_image = 1 / np.maximum(counts, 1)
        else:
            # Small collections are not drawn more often per image than the main one.
            per_image = np.minimum(extra_share / np.maximum(counts, 1), 1 / np.maximum(sizes, 1))
        weights.append((per_image * chances)[part.labels])
    joined = np.concatenate(weights)
    return np.asarray(joined / joined.sum(), np.float64)


def write_stills(path: Path, parts: dict[str, Stills]) -> None:
    """Keep the split for ``fit``, which takes stills as motionless clips of one frame."""
    everything = join(list(parts.values()))
    names = np.repeat(list(parts), [len(part) for part in parts.values()])
    write_arrays(
        path,
        images=everything.images,
        labels=everything.labels,
        people=everything.people,
        parts=names,
    )
