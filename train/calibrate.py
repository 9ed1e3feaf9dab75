"""Make probabilities honest, and know when not to answer; both fitted on validation clips."""

import numpy as np
from numpy.typing import NDArray

from core.checkpoint import Calibration
from train.judge import cross_entropy

Logits = NDArray[np.float32]
Rows = NDArray[np.int64]

# Verdicts that are more likely wrong than right are called uncertain, but never most of them.
UNCERTAIN_BELOW = 0.5
LEAST_COVERAGE = 0.5


def fit_calibration(logits: Logits, labels: Rows) -> Calibration:
    """Fit temperature and margin.

    The temperature is the one with the least cross-entropy (Guo et al. 2017, temperature
    scaling); the margin the largest at which the verdicts below it are right at most half the
    time.

    Args:
        logits: ``(n, K)`` as trained.
        labels: ``(n,)``.
    """
    grid = np.exp(np.linspace(np.log(0.2), np.log(20.0), 400))
    losses = [cross_entropy(np.asarray(logits / value, np.float32), labels) for value in grid]
    temperature = float(grid[int(np.argmin(losses))])
    probabilities = softmax(np.asarray(logits / temperature, np.float32))
    margins = top_margins(probabilities)
    right = probabilities.argmax(1) == labels
    return Calibration(temperature, uncertain_margin(margins, right))


def uncertain_margin(margins: NDArray[np.float32], right: NDArray[np.bool_]) -> float:
    """Largest margin below which at most half of the verdicts are right.

    Args:
        margins: ``(n,)`` difference of the two best probabilities.
        right: ``(n,)`` whether each verdict is right.
    """
    order = np.argsort(margins, kind="stable")
    counts = np.arange(1, len(order) + 1)
    accuracy = np.cumsum(right[order]) / counts
    allowed = (accuracy <= UNCERTAIN_BELOW) & (counts <= len(order) * (1 - LEAST_COVERAGE))
    if not allowed.any():
        return 0.0
    last = int(np.flatnonzero(allowed)[-1])
    following = margins[order[min(last + 1, len(order) - 1)]]
    return float((margins[order[last]] + following) / 2)


def top_margins(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """Difference between the two largest probabilities of each row."""
    best = np.sort(probabilities, 1)
    return np.asarray(best[:, -1] - best[:, -2], np.float32)


def softmax(logits: Logits) -> NDArray[np.float32]:
    """Probabilities of ``(n, K)`` logits."""
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True), np.float32)
