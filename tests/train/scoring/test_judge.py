import numpy as np
import pytest

from train.data.dataset import ClipRecord, Dataset, Fold
from train.data.split import with_validation
from train.paradigm.epoch_plan import plan_epoch
from train.scoring.calibrate import fit_calibration, softmax, top_margins, uncertain_margin
from train.scoring.judge import cross_entropy, score
from train.scoring.metrics import (
    confusion_matrix,
    recalls,
    unweighted_average_recall,
    weighted_average_recall,
)


def test_war_and_uar_differ_on_an_unbalanced_example():
    """8 of 8 and 1 of 2: WAR 9/10, UAR (1 + 1/2) / 2."""
    labels = np.array([0] * 8 + [1] * 2)
    predicted = np.array([0] * 9 + [1])
    confusion = confusion_matrix(labels, predicted, 2)
    assert confusion.tolist() == [[8, 0], [1, 1]]
    assert weighted_average_recall(confusion) == pytest.approx(0.9)
    assert unweighted_average_recall(confusion) == pytest.approx(0.75)


def test_a_class_without_samples_does_not_count():
    confusion = confusion_matrix(np.array([0, 2]), np.array([0, 1]), 3)
    assert np.isnan(recalls(confusion)[1])
    assert unweighted_average_recall(confusion) == pytest.approx(0.5)


def test_scores_by_hand():
    logits = np.log(np.array([[0.5, 0.25, 0.25], [0.2, 0.6, 0.2]], np.float32))
    scores = score(logits, np.array([0, 0]))
    assert (scores.war, scores.uar) == (0.5, 0.5)
    assert scores.loss == pytest.approx(-(np.log(0.5) + np.log(0.2)) / 2, abs=1e-6)


@pytest.mark.parametrize("factor", [0.05, 3, 40])
def test_temperature_undoes_over_and_underconfidence(factor):
    """Labels drawn from softmax(z); handed over as 3 z, the best temperature is 3."""
    generator = np.random.default_rng(0)
    logits = generator.normal(size=(4000, 4)).astype(np.float32) * 2
    chances = softmax(logits)
    labels = np.array([generator.choice(4, p=row / row.sum()) for row in chances.astype(float)])
    handed = np.asarray(logits * factor, np.float32)
    calibration = fit_calibration(handed, labels)
    assert calibration.temperature == pytest.approx(factor, rel=0.08)
    assert cross_entropy(logits, labels) < cross_entropy(handed, labels)


def test_four_of_five_verdicts_above_the_margin_are_right():
    """From the top: 1, 1, 1, 3/4, 4/5, 4/6 … of the verdicts are right."""
    margins = np.array([0.95, 0.9, 0.8, 0.7, 0.6, 0.4, 0.3, 0.1], np.float32)
    right = np.array([True, True, True, False, True, False, False, False])
    assert uncertain_margin(margins, right) == pytest.approx((0.6 + 0.4) / 2)
    assert uncertain_margin(margins[::-1], right[::-1]) == pytest.approx((0.6 + 0.4) / 2)
    assert uncertain_margin(margins, np.ones(8, bool)) == 0


def test_margin_never_gives_up_on_most_clips():
    margins = np.linspace(0, 1, 10).astype(np.float32)
    threshold = uncertain_margin(margins, np.zeros(10, bool))
    assert (margins < threshold).mean() <= 0.5


def test_top_margins():
    assert top_margins(np.array([[0.5, 0.2, 0.3]], np.float32)) == pytest.approx([0.2])


class Listed(Dataset):
    name, class_names, recipe = "listed", ("a", "b"), "none"
    folds = ()

    def __init__(self, people, labels):
        self.records = [
            ClipRecord(str(i), int(label), person)
            for i, (person, label) in enumerate(zip(people, labels, strict=True))
        ]

    def read(self, row, crop_scale):
        raise NotImplementedError

    def frames_estimate(self):
        return 0

    def contents(self, row):
        return str(row)


def split(people, labels, share=0.2, seed=0):
    rows = np.arange(len(labels))
    fold = Fold("all", rows[:-5], rows[:0], rows[-5:])
    return with_validation(Listed(people, labels), fold, share, seed)


def test_validation_keeps_people_together_and_the_test_part_alone():
    people = [f"p{i // 4}" for i in range(105)]
    fold = split(people, np.arange(105) % 2)
    train, held = ({people[i] for i in rows} for rows in (fold.train, fold.validation))
    assert not train & held
    assert 14 <= len(fold.validation) <= 26
    assert not set(fold.test) & (set(fold.train) | set(fold.validation))
    assert sorted([*fold.train, *fold.validation]) == list(range(100))


def test_unknown_people_are_split_clip_by_clip_and_by_class():
    labels = np.array([0] * 85 + [1] * 20)
    fold = split([""] * 105, labels)
    assert np.bincount(labels[fold.validation]).tolist() == [17, 3]
    assert np.array_equal(fold.train, split([""] * 105, labels).train)
    assert not np.array_equal(fold.train, split([""] * 105, labels, seed=1).train)


def test_nothing_is_held_out_at_share_zero_or_when_the_dataset_did_it():
    assert len(split([""] * 20, np.arange(20) % 2, share=0).validation) == 0
    rows = np.arange(10)
    own = Fold("1", rows[:5], rows[5:7], rows[7:])
    assert with_validation(Listed([""] * 10, rows % 2), own, 0.5, 0) is own


def test_class_power_balances_the_draws(toy_fit):
    from dataclasses import replace

    labels = np.array([0] * 900 + [1] * 100)
    rows, lengths = np.arange(1000), np.full(1000, 9)

    def share(power):
        config = replace(toy_fit, class_power=power)
        plan = plan_epoch(rows, labels, lengths, config, views=1, seed=(0,))
        return (labels[plan.clips] == 1).mean()

    assert share(1.0) == 0.1
    assert share(0.0) == pytest.approx(0.5, abs=0.05)
    assert share(0.5) == pytest.approx(0.25, abs=0.04)  # √100 / (√900 + √100)
