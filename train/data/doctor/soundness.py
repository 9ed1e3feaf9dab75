"""Can a division of a dataset be trained on, and can its figures be believed?"""

import logging
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from core.errors import DataError
from train.data.dataset import Dataset, Fold, Rows
from train.data.problems import in_words

logger = logging.getLogger(__name__)


def obstacles(dataset: Dataset, fold: Fold) -> list[str]:
    """What makes training on a fold pointless, a sentence each."""
    if not len(fold.train):
        return [f"fold {fold.name} of {dataset.name} has no training clip"]
    present = _classes(dataset, fold.train)
    if len(present) == 1:
        return [
            f"every training clip of fold {fold.name} of {dataset.name} is "
            f"{dataset.class_names[present.pop()]}: with a single class there is nothing to learn"
        ]
    return []


def doubts(dataset: Dataset, fold: Fold) -> list[str]:
    """What makes the figures of a fold doubtful, a sentence each."""
    return [*_same_people(dataset, fold), *_unseen_classes(dataset, fold)]


def raise_if_untrainable(dataset: Dataset, fold: Fold) -> None:
    """Refuse to train where nothing can be learned.

    Raises:
        DataError: There is no training clip, or only one class among them.
    """
    for obstacle in obstacles(dataset, fold):
        raise DataError(f"{obstacle}; choose another --fold or other --data")


def say_doubts(dataset: Dataset, fold: Fold) -> None:
    """Warn of what makes the figures of a fold doubtful."""
    for doubt in doubts(dataset, fold):
        logger.warning("%s", doubt)


def _parts(fold: Fold) -> dict[str, Rows]:
    parts = {"training": fold.train, "validation": fold.validation, "test": fold.test}
    return {name: rows for name, rows in parts.items() if len(rows)}


def _same_people(dataset: Dataset, fold: Fold) -> Iterator[str]:
    people = dataset.people()
    known = {name: set(people[rows].tolist()) - {""} for name, rows in _parts(fold).items()}
    for (first, here), (second, there) in combinations(known.items(), 2):
        both = sorted(here & there)
        if both:
            yield (
                f"fold {fold.name}: {len(both)} people are in both {first} and {second} "
                f"({in_words(both)}); figures on {second} are flattering"
            )


def _unseen_classes(dataset: Dataset, fold: Fold) -> Iterator[str]:
    learned = _classes(dataset, fold.train)
    for name, rows in _parts(fold).items():
        unseen = sorted(_classes(dataset, rows) - learned)
        if unseen and learned:
            names = in_words([dataset.class_names[label] for label in unseen])
            yield f"fold {fold.name}: {name} has clips of {names}, training has none"


def _classes(dataset: Dataset, rows: Rows) -> set[int]:
    return set(np.unique(dataset.labels()[rows]).tolist())
