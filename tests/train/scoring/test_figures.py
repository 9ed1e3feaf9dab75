import numpy as np
import pytest

from core.checkpoint import Calibration
from train.scoring.figures import (
    evaluate_logits,
    expected_calibration_error,
    mean_and_deviation,
    reliability,
    risk_coverage,
)


def test_calibration_error_by_hand():
    """Four verdicts at 0.9 of which half are right, six at 0.6 of which all are."""
    confidence = np.array([0.9] * 4 + [0.6] * 6, np.float32)
    right = np.array([1, 1, 0, 0] + [1] * 6, bool)
    bins = reliability(confidence, right)
    assert [(one.count, one.accuracy) for one in bins] == [(6, 1.0), (4, 0.5)]
    assert expected_calibration_error(bins) == pytest.approx(0.4 * 0.4 + 0.6 * 0.4, abs=1e-6)


def test_full_confidence_falls_into_the_last_bin():
    assert reliability(np.ones(3, np.float32), np.ones(3, bool))[0].count == 3


def test_risk_coverage_by_hand():
    confidence = np.array([0.9, 0.5, 0.8, 0.6], np.float32)
    right = np.array([True, False, True, False])
    coverage, accuracy = risk_coverage(confidence, right)
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert accuracy == pytest.approx([1, 1, 2 / 3, 0.5])


def test_figures_by_hand():
    names = ("a", "b", "c")
    logits = np.log(np.array([[8, 1, 1], [6, 3, 1], [4, 5, 1]], np.float32))
    figures = evaluate_logits(logits, np.array([0, 1, 1]), names, Calibration(1.0, 0.25))
    assert figures["confusion"] == [[1, 0, 0], [1, 1, 0], [0, 0, 0]]
    assert figures["recalls"] == {"a": 1.0, "b": 0.5, "c": None}
    assert figures["war"] == pytest.approx(2 / 3)
    assert figures["uar"] == pytest.approx(0.75)
    certain = figures["certain"]
    assert certain["coverage"] == pytest.approx(2 / 3)
    assert certain["accuracy"] == pytest.approx(0.5)


def test_temperature_changes_confidence_and_not_verdicts():
    logits = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32) * 5
    labels = logits.argmax(1)
    sharp, soft = (
        evaluate_logits(logits, labels, ("a", "b", "c", "d"), Calibration(t, 0.1))
        for t in (1.0, 5.0)
    )
    assert sharp["war"] == soft["war"] == 1
    assert sharp["ece"] < soft["ece"]


def test_nobody_is_certain():
    figures = evaluate_logits(np.zeros((2, 2), np.float32), np.array([0, 1]), ("a", "b"),
                              Calibration(1.0, 0.5))  # fmt: skip
    assert figures["certain"] == {"margin": 0.5, "coverage": 0.0, "accuracy": None}


def test_mean_and_sample_deviation():
    assert mean_and_deviation([1.0, 3.0]) == {"mean": 2.0, "deviation": pytest.approx(2**0.5)}
    assert mean_and_deviation([1.0]) == {"mean": 1.0, "deviation": None}


def test_the_calibration_error_is_told_before_and_after_calibration():
    """Two of four right at a confidence of 0.9 as trained, and of 0.75 at twice the temperature."""
    logits = np.log(np.array([[9.0, 1.0]] * 4, np.float32))
    figures = evaluate_logits(logits, np.array([0, 0, 1, 1]), ("a", "b"), Calibration(2.0, 0.1))
    assert figures["ece_raw"] == pytest.approx(0.4, abs=1e-5)
    assert figures["ece"] == pytest.approx(0.25, abs=1e-5)
