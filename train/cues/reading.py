"""Which stored cues belong to the frames of a dataset?"""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from core.errors import DataError
from train.data.dataset import Dataset
from train.features.bank import FeatureBank
from train.features.key import StoreKey
from train.features.store import FeatureStore

# Drawings may have other views than the frames, and any landmarker may stand behind them.
FREE = {"views", "seed", "recipe", "landmarker"}


def open_drawings(
    root: Path, frames: StoreKey, dataset: Dataset, kind: str, lengths: NDArray[np.int64]
) -> FeatureBank:
    """Open the features of drawings that belong to stored frames.

    Args:
        root: Folder that ``train cues`` wrote.
        frames: Identity of the frames' features.
        dataset: Where the clips come from.
        kind: One of ``core.cues.drawings.KINDS``.
        lengths: ``(N,)`` frames of each clip, as in the frames' bank.

    Returns:
        A bank with the same rows as the frames' and one or more views of its own; a row of zeros
        is a frame without the cue (see ``cue_mask``).

    Raises:
        DataError: No finished cues of that kind, several, damaged ones, or other frames.
    """
    wanted = replace(frames, cue=kind)
    stores = FeatureStore.finished(root, wanted, dataset, free=FREE)
    if not stores:
        raise DataError(
            f"{root} has no finished {kind!r} cues of {dataset.name} for this backbone; run "
            f"`{wanted.command}` with the same data, --backbone and --precision"
        )
    if len(stores) > 1:
        raise DataError(
            f"{root} has {len(stores)} sets of {kind!r} cues of {dataset.name} "
            f"({', '.join(store.folder.name for store in stores)}); keep one"
        )
    bank = stores[0].open()
    different = np.flatnonzero(bank.lengths != lengths)
    if len(different):
        row = int(different[0])
        raise DataError(
            f"{len(different)} clips have other numbers of frames than cues, the first is "
            f"{dataset.records[row].name} ({lengths[row]} and {bank.lengths[row]}); delete "
            f"{stores[0].folder} and run `{wanted.command}` again"
        )
    return bank


def cue_mask(features: Tensor) -> Tensor:
    """Which frames have the cue.

    Args:
        features: ``(…, D)`` from a bank of drawings.

    Returns:
        ``(…)`` bool.
    """
    return features.abs().amax(-1) > 0
