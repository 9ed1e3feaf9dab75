"""Everything that is reported about a model's logits on labelled clips; plain arrays in and out."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.checkpoint import Calibration
from train.scoring.calibrate import softmax, top_margins
from train.scoring.judge import Logits, Rows, score
from train.scoring.metrics import confusion_matrix, recalls

BINS = 15
COVERAGES = 50


@dataclass(frozen=True)
class Bin:
    """One bin of the reliability curve.

    Attributes:
        confidence: Mean probability of the verdicts in it.
        accuracy: Share of them that is right.
        count: How many there are.
    """

    confidence: float
    accuracy: float
    count: int


def evaluate_logits(
    logits: Logits, labels: Rows, names: tuple[str, ...], calibration: Calibration
) -> dict[str, Any]:
    """All figures of one set of clips, JSON-like.

    Args:
        logits: ``(n, K)`` as trained.
        labels: ``(n,)``.
        names: ``K`` class names.
        calibration: Of the checkpoint; probabilities and margins are after it, ``ece_raw``, which
            peers report, is before.
    """
    confusion = confusion_matrix(labels, logits.argmax(1), len(names))
    probabilities = softmax(np.asarray(logits / calibration.temperature, np.float32))
    raw = softmax(np.asarray(logits, np.float32))
    right = probabilities.argmax(1) == labels
    confidence = probabilities.max(1)
    bins = reliability(confidence, right)
    coverage, accuracy = risk_coverage(confidence, right)
    kept = top_margins(probabilities) >= calibration.margin
    return {
        "clips": len(labels),
        **asdict(score(logits, labels)),
        "labels": list(names),
        "recalls": {
            name: None if np.isnan(recall) else float(recall)
            for name, recall in zip(names, recalls(confusion), strict=True)
        },
        "confusion": confusion.tolist(),
        "ece": expected_calibration_error(bins),
        "ece_raw": expected_calibration_error(reliability(raw.max(1), right)),
        "reliability": [asdict(one) for one in bins],
        "risk_coverage": {
            "coverage": coverage.tolist(),
            "accuracy": accuracy.tolist(),
            "mean_risk": float(1 - accuracy.mean()),
        },
        "certain": {
            "margin": calibration.margin,
            "coverage": float(kept.mean()),
            "accuracy": float(right[kept].mean()) if kept.any() else None,
        },
    }


def in_brief(figures: dict[str, Any]) -> str:
    """The three figures that matter most, as text."""
    return ", ".join(f"{name} {figures[name]:.4f}" for name in ("war", "uar", "ece"))


def reliability(confidence: NDArray[np.float32], right: NDArray[np.bool_]) -> list[Bin]:
    """Confidence and accuracy in equal intervals of confidence; empty ones are left out."""
    index = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    return [
        Bin(float(confidence[here].mean()), float(right[here].mean()), int(here.sum()))
        for number in range(BINS)
        if (here := index == number).any()
    ]


def expected_calibration_error(bins: list[Bin]) -> float:
    """Mean gap between confidence and accuracy, weighted by count (Guo et al. 2017)."""
    total = sum(one.count for one in bins)
    return sum(one.count * abs(one.confidence - one.accuracy) for one in bins) / total


def risk_coverage(
    confidence: NDArray[np.float32], right: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Accuracy on the most confident share of the clips.

    Returns:
        Coverages ``(m,)`` up to 1, and the accuracy at each.
    """
    order = np.argsort(-confidence, kind="stable")
    counts = np.unique(np.linspace(1, len(order), min(COVERAGES, len(order))).round().astype(int))
    cumulative = np.cumsum(right[order])
    return counts / len(order), cumulative[counts - 1] / counts


def mean_and_deviation(values: list[float]) -> dict[str, float | None]:
    """Mean and sample standard deviation; the latter None for a single value."""
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return {"mean": float(np.mean(values)), "deviation": deviation}
