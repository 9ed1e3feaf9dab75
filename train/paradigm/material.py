"""What a training run learns from."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from train.data.dataset import Fold, Rows
from train.data.votes import Votes, soft_targets
from train.features.pictures import PictureGatherer
from train.features.source import ClipSource
from train.report.card import Origin


@dataclass(frozen=True)
class Material:
    """Features with their labels and their division.

    Attributes:
        gatherer: Features of the dataset; its pictures where no method at hand reads features.
        labels: ``(N,)`` label of every clip.
        fold: Training, validation and test rows.
        origin: What model cards say about it.
        votes: ``(N, K)`` shares of people's votes on every clip, NaN where nobody voted; None
            without any.
        pictures: The same clips as pictures, for methods that train an image tower.
    """

    gatherer: ClipSource
    labels: NDArray[np.int64]
    fold: Fold
    origin: Origin = field(default_factory=Origin)
    votes: Votes | None = None
    pictures: PictureGatherer | None = None

    def targets(self, vote_share: float) -> NDArray[np.int64] | Votes:
        """What is to be learned: ``(N,)`` labels, or ``(N, K)`` shares where people voted."""
        if self.votes is None:
            return self.labels
        return soft_targets(self.votes, self.labels, vote_share)

    def limited(self, train: int, validation: int, seed: int) -> "Material":
        """The same with at most so many clips in two parts, drawn at random; 0 keeps all."""
        generator = np.random.default_rng([seed, 11])
        fold = self.fold
        return replace(
            self,
            fold=replace(
                fold,
                train=_some(fold.train, train, generator),
                validation=_some(fold.validation, validation, generator),
            ),
        )

    def some_of_each_class(self, count: int, seed: int) -> Rows:
        """At most so many training clips of each class, drawn at random."""
        generator = np.random.default_rng([seed, 12])
        rows = generator.permutation(self.fold.train)
        classes = self.labels[rows]
        return np.concatenate([rows[classes == label][:count] for label in np.unique(classes)])

    def for_own_tower(self) -> "Material":
        """The same with pictures in the place of features.

        Raises:
            ConfigError: There are none.
        """
        if self.pictures is None:
            raise ConfigError(
                "this method trains an image tower and needs the pictures of the clips, which are "
                "not at hand here; choose its setting with a frozen tower"
            )
        return replace(self, gatherer=self.pictures)


def _some(rows: Rows, most: int, generator: np.random.Generator) -> Rows:
    if not most or most >= len(rows):
        return rows
    return np.sort(generator.choice(rows, most, replace=False))
