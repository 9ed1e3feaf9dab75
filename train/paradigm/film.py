"""Snapshots of a training, small enough to ship: how sentences and classes took their places."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.errors import DataError
from core.explain.vectors import cosines, text_vectors
from core.model.method import Method
from core.results import Scores
from train.runtime.arrays import read_arrays, write_arrays

logger = logging.getLogger(__name__)

# Snapshots per stage beside its end.
PER_STAGE = 6

Array = NDArray[np.float32]


class Film:
    """Collects snapshots as files of their own, so that an interrupted run loses none.

    Args:
        folder: Of the run; the finished film is ``film.npz`` in it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._frames = folder / "film"

    @torch.no_grad()
    def take(
        self,
        model: Method,
        *,
        number: int,
        title: str,
        scores: Scores | None,
        answers: Array | None = None,
    ) -> None:
        """Keep sentences, class vectors and scores of this moment.

        Args:
            model: As it is.
            number: Orders the snapshots; the same number replaces an earlier one.
            title: For people: stage and epoch.
            scores: On the validation part.
            answers: From ``mean_answers``, on the validation part.
        """
        model.eval()
        text = text_vectors(model, model.sentence_features())
        nothing = np.full((len(text.before),) * 2, np.nan, np.float32)
        write_arrays(
            self._frames / f"{number:06d}.npz",
            sentences=text.before.astype(np.float16),
            aligned=text.after.astype(np.float16),
            vectors=text.class_after,
            # Classes may differ in the fourth digit only: cosines before any rounding.
            classes=cosines(text.class_after, text.class_after),
            answers=nothing if answers is None else answers,
            title=np.array(title),
            scores=np.array([scores.war, scores.uar] if scores else [np.nan] * 2, np.float32),
        )

    def finish(self) -> None:
        """Write ``film.npz``, the arrays that ``core.explain.snapshots.Snapshots`` describes."""
        snapshots = list(self._snapshots())
        if not snapshots:
            return
        # A run that an earlier version began may lack the newer arrays in its first snapshots.
        names = set(snapshots[0]).intersection(*snapshots)
        arrays: dict[str, Any] = {
            name: np.stack([one[name] for one in snapshots]) for name in names
        }
        arrays["titles"] = arrays.pop("title")
        write_arrays(self.folder / "film.npz", compress=True, **arrays)

    def _snapshots(self) -> Iterator[dict[str, NDArray[Any]]]:
        """Those that can be read: a picture less is no reason to lose a finished training."""
        for path in sorted(self._frames.glob("*.npz")):
            try:
                yield read_arrays(path)
            except DataError as error:
                logger.warning("%s; the film goes without it", error)


def mean_answers(cosines: Array, labels: NDArray[np.int64]) -> Array:
    """How the clips of each class answer to every class on average.

    Args:
        cosines: ``(n, K)`` of clips with the class vectors.
        labels: ``(n,)`` true classes.

    Returns:
        ``(K, K)``, row by true class; NaN in the rows of classes without clips.
    """
    classes = cosines.shape[1]
    counts = np.bincount(labels, minlength=classes)[:, None]
    sums = np.zeros((classes, classes), np.float32)
    np.add.at(sums, labels, cosines)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan).astype(np.float32)


def is_film_epoch(epoch: int, epochs: int) -> bool:
    """Whether a snapshot is due after this epoch (from 1): a few per stage, and its last."""
    return epoch == epochs or epoch % max(1, epochs // PER_STAGE) == 0
