"""Accuracy figures from arrays of labels and predictions."""

import numpy as np
from numpy.typing import NDArray


def confusion_matrix(
    labels: NDArray[np.int64], predicted: NDArray[np.int64], classes: int
) -> NDArray[np.int64]:
    """Count predictions: rows are true classes, columns predicted ones, ``(K, K)``."""
    flat = np.bincount(labels * classes + predicted, minlength=classes * classes)
    return flat.reshape(classes, classes).astype(np.int64)


def weighted_average_recall(confusion: NDArray[np.int64]) -> float:
    """WAR, the share of all samples that are right, 0-1."""
    return float(np.trace(confusion) / max(confusion.sum(), 1))


def recalls(confusion: NDArray[np.int64]) -> NDArray[np.float64]:
    """Recall of each class, ``(K,)`` in 0-1; NaN for a class without samples."""
    support = confusion.sum(1).astype(np.float64)
    support[support == 0] = np.nan
    return np.asarray(np.diag(confusion) / support, np.float64)


def unweighted_average_recall(confusion: NDArray[np.int64]) -> float:
    """UAR, the mean recall over the classes that have samples, 0-1."""
    return float(np.nanmean(recalls(confusion)))
