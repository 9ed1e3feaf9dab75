"""How many frames has each clip, where no features are read that would tell?"""

import logging
from pathlib import Path

import numpy as np

from core.errors import DataError
from train.data.dataset import Dataset, Rows
from train.data.problems import report_problems
from train.features.store import FeatureStore

logger = logging.getLogger(__name__)


def frames_of_clips(dataset: Dataset, cache: Path | None, *, skip_bad: bool = False) -> Rows:
    """Count the frames of every clip without decoding any.

    Args:
        dataset: The clips.
        cache: Folder of stored features; any of the same data tell, too. None where there is none.
        skip_bad: Give clips that are not there no frames instead of reporting them.

    Returns:
        ``(N,)``.

    Raises:
        DataError: Clips are missing and are not to be left out, or nothing tells their frames.
    """
    counts: list[int] = []
    problems: list[str] = []
    for row in range(len(dataset.records)):
        try:
            count = dataset.count(row)
        except DataError as error:
            problems.append(str(error))
            count = 0
        if count is None:
            return _stored_lengths(dataset, cache)
        counts.append(count)
    report_problems(problems, skip_bad=skip_bad)
    return np.array(counts, np.int64)


def _stored_lengths(dataset: Dataset, cache: Path | None) -> Rows:
    lengths = FeatureStore.lengths_of(cache, dataset) if cache else None
    if lengths is None:
        raise DataError(
            f"only reading the clips of {dataset.name} tells their faces and frames, which is not "
            "done anew in every epoch; run `python -m train crops` and pass its folder as --crops"
        )
    return lengths
