"""What a training run kept of itself: the sentences and classes at a few moments."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import CheckpointError
from core.prediction import Array

# A title starts with the training step's name; the first snapshot is the untrained model.
START = "start"


@dataclass(frozen=True)
class Snapshots:
    """``E`` moments of a training, in order.

    Attributes:
        titles: ``E`` times ``start``, or the step's name and its epochs done, like ``video 10``.
        sentences: ``(E, K, S, D)`` sentence features before any temporal layer.
        classes: ``(E, K, K)`` cosines of the class vectors.
        scores: ``(E, 2)`` WAR and UAR on the validation part, 0-1; NaN where not measured.
    """

    titles: tuple[str, ...]
    sentences: Array
    classes: Array
    scores: Array

    def __len__(self) -> int:
        return len(self.titles)

    @property
    def stages(self) -> NDArray[np.str_]:
        """``(E,)`` names of the training steps."""
        return np.array([title.split()[0] for title in self.titles])


def read_snapshots(path: Path) -> Snapshots:
    """Read the ``film.npz`` of a run folder; nothing is unpickled.

    Raises:
        CheckpointError: Missing, damaged, or its arrays do not belong together.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            titles, sentences, classes, scores = (
                stored[name] for name in ("titles", "sentences", "classes", "scores")
            )
    except (OSError, ValueError, KeyError) as error:
        raise CheckpointError(f"{path} holds no readable training film ({error})") from error
    count, labels = (*sentences.shape, 0, 0)[:2]
    fits = classes.shape == (count, labels, labels) and scores.shape == (count, 2)
    if sentences.ndim != 4 or titles.shape != (count,) or not fits or not count:
        raise CheckpointError(
            f"{path} is no training film: sentences {sentences.shape}, classes {classes.shape}, "
            f"titles {titles.shape}, scores {scores.shape}"
        )
    return Snapshots(
        tuple(str(title) for title in titles),
        np.asarray(sentences, np.float32),
        np.asarray(classes, np.float32),
        np.asarray(scores, np.float32),
    )
