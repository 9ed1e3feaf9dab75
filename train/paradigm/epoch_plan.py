"""Which clips, frames and views an epoch consists of; decided before it starts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.sampling import random_rows
from train.paradigm.config import FitConfig

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class EpochPlan:
    """The draws of one epoch, the same in every process and after every interruption.

    Attributes:
        clips: ``(n,)`` rows of the dataset.
        frames: ``(n, T)`` frames of each.
        views: ``(n,)`` view of each.
    """

    clips: Rows
    frames: Rows
    views: Rows


def plan_epoch(
    rows: Rows,
    labels: Rows,
    lengths: Rows,
    config: FitConfig,
    *,
    views: int,
    seed: tuple[int, ...],
) -> EpochPlan:
    """Draw an epoch.

    Args:
        rows: Training clips.
        labels: ``(N,)`` label of every clip of the dataset.
        lengths: ``(N,)`` frames of every clip.
        config: Its ``frames``, ``sampling``, ``whole_segments`` and ``class_power`` apply: at a
            power of 1 each clip is taken once, below clips are drawn with replacement.
        views: ``V``; each clip gets a random one.
        seed: Source of the randomness.
    """
    generator = np.random.default_rng(seed)
    if config.class_power == 1:
        clips = generator.permutation(rows)
    else:
        sizes = np.bincount(labels[rows])
        chances = sizes[labels[rows]] ** (config.class_power - 1.0)
        clips = generator.choice(rows, len(rows), p=chances / chances.sum())
    return EpochPlan(
        clips,
        random_rows(
            lengths[clips],
            config.frames,
            generator,
            config.sampling,
            whole_segments=config.whole_segments,
        ),
        generator.integers(0, views, len(clips)),
    )
