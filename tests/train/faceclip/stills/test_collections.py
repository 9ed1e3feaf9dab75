import numpy as np
import pytest

from train.faceclip.stills.collections import COLLECTIONS
from train.faceclip.stills.sources import Stills


@pytest.mark.parametrize("name", sorted(COLLECTIONS))
def test_nobody_is_in_both_parts_and_every_call_agrees(name):
    people = np.repeat([f"p{i:03}" for i in range(70)], 3)
    if name == "fer2013":  # every still of it counts as a person of its own
        people = np.array([f"p{i:03}" for i in range(210)])
    stills = Stills(np.zeros((210, 64, 64), np.uint8), np.arange(210) % 7, people)
    training, held = COLLECTIONS[name].split(stills)
    assert not set(training.people) & set(held.people)
    assert 0 < len(held) < len(training)
    assert len(held) + len(training) == 210
    np.testing.assert_array_equal(COLLECTIONS[name].split(stills)[1].people, held.people)
