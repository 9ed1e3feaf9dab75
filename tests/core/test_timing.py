from itertools import pairwise

import pytest

from core.video.timing import Clock


def times(stamps, step_s=0.1):
    clock = Clock(step_s)
    return [clock.time_of(stamp) for stamp in stamps]


def test_good_stamps_pass_but_start_at_zero():
    assert times([5.0, 5.04, 5.2, 5.21]) == pytest.approx([0, 0.04, 0.2, 0.21])


def test_missing_stamps_come_from_the_frame_rate():
    assert times([0, 0, 0, 0]) == pytest.approx([0, 0.1, 0.2, 0.3])


def test_a_repeated_stamp_goes_before_the_next_true_one():
    assert times([0, 0.1, 0.2, 0.2, 0.3, 0.4]) == pytest.approx([0, 0.1, 0.2, 0.25, 0.3, 0.4])


def test_a_stamp_that_falls_to_zero_at_the_end_goes_one_step_on():
    assert times([0.1, 0.2, 0.3, 0]) == pytest.approx([0, 0.1, 0.2, 0.3])


@pytest.mark.parametrize(
    "stamps",
    [[0, 0, 0.1, 0.1, 0.1, 0.2, 0.2], [3, 2, 1, 0], [0, 1, 0.5, 1.0, 1.05, 1.5, 1.5, 0]],
)
def test_times_always_increase(stamps):
    result = times(stamps)
    assert all(earlier < later for earlier, later in pairwise(result))
