"""Logits and scores of a model on cached clips."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.model.method import Method
from core.results import Scores
from core.sampling import Sampling, verdict_rows
from train.features.source import ClipSource
from train.runtime.precision import Precision, arithmetic
from train.scoring.metrics import (
    confusion_matrix,
    unweighted_average_recall,
    weighted_average_recall,
)

BATCH = 256

Logits = NDArray[np.float32]
Rows = NDArray[np.int64]


class Judge:
    """Judges clips by their plain view and test-time frames.

    Args:
        gatherer: Features or pictures of the dataset.
        frames: ``T``.
        sampling: See ``core.sampling``.
        precision: Arithmetic of the transformers.
    """

    def __init__(
        self,
        gatherer: ClipSource,
        *,
        frames: int,
        sampling: Sampling,
        precision: Precision,
    ) -> None:
        self.gatherer, self.frames = gatherer, frames
        self.sampling: Sampling = sampling
        self.precision: Precision = precision

    def windows(self, clips: Rows) -> tuple[Rows, Rows]:
        """The frames that clips are judged by.

        Returns:
            ``(M,)`` place in ``clips`` that each window belongs to, and its frames ``(M, T)``.
        """
        lengths = self.gatherer.lengths[clips]
        windows = [verdict_rows(int(count), self.frames, self.sampling) for count in lengths]
        owners = np.repeat(np.arange(len(clips)), [len(rows) for rows in windows])
        return owners, np.concatenate(windows)

    @torch.no_grad()
    def logits(
        self,
        model: Method,
        clips: Rows,
        classes: Tensor,
        *,
        shuffle: np.random.Generator | None = None,
        reverse: bool = False,
    ) -> Logits:
        """Logits of clips, averaged over their windows where there are several.

        Args:
            model: In any mode; it is left in evaluation mode.
            clips: ``(n,)`` rows of the dataset, at least one.
            classes: ``(K, P, D)`` class vectors.
            shuffle: Permutes each clip's frames, to see how much their order matters.
            reverse: Runs each clip backwards, which turns an onset into an offset.

        Returns:
            ``(n, K)``.
        """
        model.eval()
        owners, rows = self.windows(clips)
        gatherer = self._features(model, clips[owners], rows)
        if shuffle is not None:
            rows = shuffle.permuted(rows, axis=1)
        if reverse:
            rows = np.ascontiguousarray(rows[:, ::-1])
        parts = []
        for start in range(0, len(rows), BATCH):
            chosen, frames = clips[owners[start : start + BATCH]], rows[start : start + BATCH]
            plain = np.zeros(len(chosen), np.int64)
            features = gatherer(chosen, frames, plain)
            cues = gatherer.cues(chosen, frames, plain)
            with arithmetic(features.device, self.precision):
                parts.append(model(features, classes, cues).float().cpu())
        logits = torch.cat(parts).numpy()
        sums = np.zeros((len(clips), logits.shape[1]), np.float32)
        np.add.at(sums, owners, logits)
        return np.asarray(sums / np.bincount(owners)[:, None], np.float32)

    def frame_features(self, model: Method, clips: Rows) -> Tensor:
        """What the model sees of clips: ``(n, T, D)`` of the first window of each."""
        owners, rows = self.windows(clips)
        first = np.unique(owners, return_index=True)[1]
        rows = rows[first]
        gatherer = self._features(model, clips, rows)
        return gatherer(clips, rows, np.zeros(len(clips), np.int64)).cpu()

    def _features(self, model: Method, clips: Rows, rows: Rows) -> ClipSource:
        return self.gatherer.for_judging(model, clips, rows, precision=self.precision)

    @torch.no_grad()
    def class_vectors(self, model: Method) -> Tensor:
        """Class vectors in the arithmetic of training, ``(K, P, D)``."""
        model.eval()
        with arithmetic(next(model.parameters()).device, self.precision):
            return model.class_vectors().float()


def score(logits: Logits, labels: Rows) -> Scores:
    """WAR, UAR and mean cross-entropy of ``(n, K)`` logits."""
    confusion = confusion_matrix(labels, logits.argmax(1), logits.shape[1])
    return Scores(
        war=weighted_average_recall(confusion),
        uar=unweighted_average_recall(confusion),
        loss=cross_entropy(logits, labels),
    )


def cross_entropy(logits: Logits, labels: Rows) -> float:
    """Mean negative log-likelihood."""
    shifted = logits - logits.max(1, keepdims=True)
    log_sums = np.log(np.exp(shifted).sum(1))
    return float((log_sums - shifted[np.arange(len(labels)), labels]).mean())
