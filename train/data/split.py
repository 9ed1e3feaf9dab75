"""Set a validation part aside from the training clips, and unusable clips from all."""

import logging

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from train.data.dataset import Dataset, Fold, Rows
from train.data.problems import in_words

logger = logging.getLogger(__name__)

# How it is said wherever figures of such a run are shown.
PAPER = (
    "paper: trained on the whole training fold, epoch and calibration chosen on the test fold, as "
    "published rows were made; it flatters"
)


def as_in_the_papers(fold: Fold) -> Fold:
    """All training clips to train on, and the test clips to choose the epoch on as well.

    Raises:
        DataError: The fold has no test part.
    """
    if not len(fold.test):
        raise DataError(
            f"fold {fold.name} has no test part, on which --protocol paper chooses the epoch; "
            "leave it out"
        )
    train = np.sort(np.concatenate([fold.train, fold.validation]))
    return Fold(fold.name, train, fold.test, fold.test)


def with_validation(dataset: Dataset, fold: Fold, share: float, seed: int) -> Fold:
    """Return the fold with a validation part.

    A part that the dataset has itself is kept. Otherwise about ``share`` of the clips of each
    class are taken from the training part: whole people where they are known, so that nobody is
    in both parts, single clips where not. The test part is never touched.

    Args:
        dataset: Knows labels and people.
        fold: The division to complete.
        share: 0 sets nothing aside.
        seed: Source of the randomness.
    """
    if len(fold.validation) or not share:
        return fold
    labels, people = dataset.labels()[fold.train], dataset.people()[fold.train]
    # An unknown person is nobody else's neighbour.
    groups = np.where(
        people == "", np.arange(len(people)).astype(people.dtype.str[:2] + "12"), people
    )
    held = _draw_groups(groups, labels, share, np.random.default_rng([seed, 7]))
    return Fold(fold.name, fold.train[~held], fold.train[held], fold.test)


def without_empty(dataset: Dataset, fold: Fold, lengths: NDArray[np.int64]) -> Fold:
    """Leave out clips that have no features, because extraction was told to skip them.

    Args:
        dataset: Knows their names.
        fold: The division.
        lengths: ``(N,)`` frames of every clip of the dataset.
    """
    parts = (fold.train, fold.validation, fold.test)
    lost = [dataset.records[row].name for rows in parts for row in rows if not lengths[row]]
    if lost:
        logger.warning(
            "%d clips that extraction could not use are left out: %s", len(lost), in_words(lost)
        )
    return Fold(fold.name, *(rows[lengths[rows] > 0] for rows in parts))


def _draw_groups(
    groups: np.ndarray[tuple[int], np.dtype[np.str_]],
    labels: Rows,
    share: float,
    generator: np.random.Generator,
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Mask of held-out clips: groups in random order, each taken while a class needs it."""
    names, index = np.unique(groups, return_inverse=True)
    classes = int(labels.max(initial=0)) + 1
    per_group = np.zeros((len(names), classes), np.int64)
    np.add.at(per_group, (index, labels), 1)
    wanted = np.round(np.bincount(labels, minlength=classes) * share)
    held = np.zeros(len(names), bool)
    have = np.zeros(classes, np.int64)
    for group in generator.permutation(len(names)):
        counts = per_group[group]
        after = np.abs(have + counts - wanted).sum()
        if after < np.abs(have - wanted).sum():
            held[group] = True
            have += counts
    return held[index]
