import numpy as np
import pytest

from core.errors import DataError
from train.data.dataset import ClipRecord, Dataset, Fold
from train.data.doctor.soundness import doubts, obstacles, raise_if_untrainable


class Listed(Dataset):
    """Clips of two classes; clip ``i`` shows the ``i``-th person."""

    name = "listed"
    class_names = ("happiness", "sadness")
    recipe = "none"

    def __init__(self, labels, people):
        self.records = [
            ClipRecord(str(i), label, person)
            for i, (label, person) in enumerate(zip(labels, people, strict=True))
        ]

    def read(self, row, crop_scale):
        raise NotImplementedError

    def frames_estimate(self):
        raise NotImplementedError

    def contents(self, row):
        raise NotImplementedError


def fold(train, validation, test):
    return Fold("2", *(np.array(rows, np.int64) for rows in (train, validation, test)))


def test_a_sound_fold_is_passed_over_in_silence():
    dataset = Listed([0, 1, 0, 1, 0], ["a", "b", "", "", "c"])
    sound = fold([0, 1, 2], [3], [4])
    assert obstacles(dataset, sound) == doubts(dataset, sound) == []
    raise_if_untrainable(dataset, sound)


@pytest.mark.parametrize(
    ("train", "words"),
    [([], "has no training clip"), ([0, 2], "is happiness: with a single class")],
)
def test_nothing_to_learn_is_refused(train, words):
    dataset = Listed([0, 1, 0, 1], [""] * 4)
    with pytest.raises(DataError, match=f"fold 2 of listed.*{words}"):
        raise_if_untrainable(dataset, fold(train, [], [1, 3]))


def test_a_person_on_both_sides_and_a_class_that_is_never_learned_are_told():
    dataset = Listed([0, 1, 0, 0], ["Ann", "Ann", "Bob", "Bob"])
    people, unseen = doubts(dataset, fold([0, 2], [], [1]))
    assert "1 people are in both training and test (Ann)" in people
    assert "test has clips of sadness, training has none" in unseen
    (people,) = doubts(dataset, fold([0, 1, 2], [3], []))
    assert "in both training and validation (Bob)" in people
