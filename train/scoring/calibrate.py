"""Make probabilities honest, and know when not to answer; both fitted on validation clips."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from core.checkpoint import Calibration
from train.scoring.judge import cross_entropy

Logits = NDArray[np.float32]
Rows = NDArray[np.int64]

# Where the temperature is looked for; a bound that it reaches leaves probabilities dishonest.
TEMPERATURES = (0.01, 100.0)
# Verdicts called certain are to be right this often, but never are most called uncertain.
CERTAIN_RIGHT = 0.8
LEAST_COVERAGE = 0.5


def fit_calibration(logits: Logits, labels: Rows) -> Calibration:
    """Fit temperature and margin.

    The temperature is the one with the least cross-entropy (Guo et al. 2017, temperature
    scaling); the margin the least above which four verdicts of five are right.

    Args:
        logits: ``(n, K)`` as trained.
        labels: ``(n,)``.
    """
    found = minimize_scalar(
        lambda log: cross_entropy(np.asarray(logits / np.exp(log), np.float32), labels),
        bounds=np.log(TEMPERATURES),
        method="bounded",
    )
    temperature = float(np.exp(found.x))
    probabilities = softmax(np.asarray(logits / temperature, np.float32))
    margins = top_margins(probabilities)
    right = probabilities.argmax(1) == labels
    return Calibration(temperature, uncertain_margin(margins, right))


def uncertain_margin(margins: NDArray[np.float32], right: NDArray[np.bool_]) -> float:
    """Least margin above which enough verdicts are right.

    Args:
        margins: ``(n,)`` difference of the two best probabilities.
        right: ``(n,)`` whether each verdict is right.
    """
    order = np.argsort(-margins, kind="stable")
    counts = np.arange(1, len(order) + 1)
    accuracy = np.cumsum(right[order]) / counts
    least = int(np.ceil(len(order) * LEAST_COVERAGE))
    enough = np.flatnonzero((accuracy >= CERTAIN_RIGHT) & (counts >= least))
    certain = int(counts[enough[-1]]) if len(enough) else least
    if certain == len(order):
        return 0.0
    return float((margins[order[certain - 1]] + margins[order[certain]]) / 2)


def top_margins(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """Difference between the two largest probabilities of each row."""
    best = np.sort(probabilities, 1)
    return np.asarray(best[:, -1] - best[:, -2], np.float32)


def softmax(logits: Logits) -> NDArray[np.float32]:
    """Probabilities of ``(n, K)`` logits."""
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True), np.float32)
