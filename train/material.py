"""What a training run learns from."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from train.card import Origin
from train.data.dataset import Fold
from train.features.bank import Gatherer


@dataclass(frozen=True)
class Material:
    """Features with their labels and their division.

    Attributes:
        gatherer: Features of the dataset.
        labels: ``(N,)`` label of every clip.
        fold: Training, validation and test rows.
        origin: What model cards say about it.
    """

    gatherer: Gatherer
    labels: NDArray[np.int64]
    fold: Fold
    origin: Origin = field(default_factory=Origin)
