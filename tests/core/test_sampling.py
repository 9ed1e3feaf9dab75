from functools import partial

import numpy as np
import pytest

from core.sampling import random_rows, segment_centers, verdict_rows

FRAMES = 16


@pytest.mark.parametrize("count", [1, 2, 15, 16, 17, 31, 32, 33, 1000])
@pytest.mark.parametrize("sampling", ["segments", "consecutive", "windows"])
def test_rows_are_in_order_and_inside(count, sampling):
    drawn = random_rows(np.full(50, count), FRAMES, np.random.default_rng(0), sampling)
    for rows in (*drawn, *verdict_rows(count, FRAMES, sampling)):
        assert rows.shape == (FRAMES,)
        assert rows[0] >= 0
        assert rows[-1] < count
        assert (np.diff(rows) >= 0).all()
        if count >= FRAMES:
            assert (np.diff(rows) > 0).all()


def test_centers_by_hand():
    assert segment_centers(8, 4).tolist() == [1, 3, 5, 7]
    assert segment_centers(100, 4).tolist() == [12, 37, 62, 87]


def test_short_clips_repeat_their_last_frame():
    assert segment_centers(3, 5).tolist() == [0, 1, 2, 2, 2]
    drawn = random_rows(np.array([3, 1]), 5, np.random.default_rng(0))
    assert drawn.tolist() == [[0, 1, 2, 2, 2], [0, 0, 0, 0, 0]]


def test_segments_each_give_one_frame_and_every_frame_can_come():
    drawn = random_rows(np.full(500, 10), 5, np.random.default_rng(0))
    for segment in range(5):
        assert set(drawn[:, segment]) == {2 * segment, 2 * segment + 1}


def test_consecutive_rows_are_neighbours_from_anywhere():
    drawn = random_rows(np.full(300, 9), 4, np.random.default_rng(0), "consecutive")
    assert (np.diff(drawn) == 1).all()
    assert set(drawn[:, 0]) == set(range(6))
    assert verdict_rows(9, 4, "consecutive").tolist() == [[2, 3, 4, 5]]


def test_windows_cover_everything():
    windows = verdict_rows(10, 4, "windows")
    assert windows.tolist() == [[0, 1, 2, 3], [3, 4, 5, 6], [6, 7, 8, 9]]


def test_drawing_depends_on_the_generator_alone():
    counts = np.array([40, 50])
    first = random_rows(counts, 8, np.random.default_rng(5))
    assert (first == random_rows(counts, 8, np.random.default_rng(5))).all()
    assert (first != random_rows(counts, 8, np.random.default_rng(6))).any()


def test_an_empty_sequence_is_a_programming_error():
    with pytest.raises(ValueError, match="from 0"):
        segment_centers(0, 4)


@pytest.mark.parametrize(("count", "last"), [(16, 15), (31, 15), (32, 31), (47, 31), (90, 79)])
def test_whole_segments_leave_the_rest_out(count, last):
    """As DFER-CLIP's public code draws: of 16 to 31 frames always the first 16."""
    draw = partial(random_rows, np.full(500, count), 16, np.random.default_rng(0))
    rows = draw(whole_segments=True)
    assert rows.max() == last
    width = count // 16
    assert np.array_equal(rows // width, np.broadcast_to(np.arange(16), rows.shape))
    assert draw().max() == count - 1


def test_whole_segments_pad_short_clips_like_others():
    rows = random_rows(np.array([5]), 8, np.random.default_rng(0), whole_segments=True)
    assert rows.tolist() == [[0, 1, 2, 3, 4, 4, 4, 4]]
