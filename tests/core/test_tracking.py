import cv2
import numpy as np
import pytest

from core.faces.box import FaceBox
from core.faces.tracking import FaceNumbers, FaceTracker, without_nested

LEFT = FaceBox(10, 10, 40)
RIGHT = FaceBox(120, 10, 40)


def test_faces_keep_their_numbers_whatever_the_order_of_the_boxes():
    numbers = FaceNumbers()
    assert numbers.assign(0.0, [LEFT, RIGHT]) == {0: LEFT, 1: RIGHT}
    moved = RIGHT.shifted(8, 0), LEFT.shifted(-4, 3)
    assert numbers.assign(0.1, moved) == {1: moved[0], 0: moved[1]}


def test_the_closest_pair_is_matched_first():
    numbers = FaceNumbers()
    numbers.assign(0.0, [LEFT])
    near, far = LEFT.shifted(2, 0), LEFT.shifted(20, 0)
    assert numbers.assign(0.1, [far, near])[0] == near


def test_a_newcomer_gets_the_next_number():
    numbers = FaceNumbers()
    numbers.assign(0.0, [LEFT])
    assert numbers.assign(0.1, [LEFT, RIGHT]) == {0: LEFT, 1: RIGHT}


def test_after_a_long_absence_the_place_tells_who_it_is():
    numbers = FaceNumbers()
    for place, number in ((LEFT.shifted(45, 0), 0), (RIGHT, 1), (FaceBox(0, 0, 80), 1)):
        numbers = FaceNumbers()
        numbers.assign(0.0, [LEFT])
        for row in range(1, 30):
            assert numbers.assign(row / 10, []) == {}
        assert numbers.assign(3.0, [place]) == {number: place}


def test_a_present_face_goes_before_one_that_left():
    numbers = FaceNumbers()
    numbers.assign(0.0, [LEFT, RIGHT])
    for row in range(20):  # 1 walks over to where 0 was
        place = RIGHT.shifted(-5.5 * row, 0)
        assert numbers.assign(1 + row / 10, [place]) == {1: place}


def test_who_left_long_ago_is_forgotten():
    numbers = FaceNumbers()
    numbers.assign(0.0, [LEFT])
    assert numbers.assign(60.0, []) == {}
    assert numbers.assign(61.0, [LEFT]) == {1: LEFT}


def test_slow_frame_rates_do_not_end_tracks():
    numbers = FaceNumbers()
    assert [list(numbers.assign(float(2 * row), [LEFT.shifted(row, 0)])) for row in range(4)] == [
        [0]
    ] * 4


def test_a_box_inside_a_face_is_a_part_of_it():
    mouth = FaceBox(20, 35, 14)
    assert without_nested([mouth, LEFT, RIGHT, LEFT]) == [LEFT, RIGHT]


def test_a_live_face_is_followed_with_the_set_time_constant():
    # After one time constant a small step is followed by 1 - 1/e = 63 %, the median coming after.
    tracker = FaceTracker(smoothing_s=0.2)
    for row in range(10):
        tracker.update(row / 100, [FaceBox(0, 0, 1000)])
    tracker.update(0.1, [FaceBox(1, 0, 1000)])
    for row in range(21):
        (face,) = tracker.update(0.11 + row / 100, [FaceBox(1, 0, 1000)])
    assert face.box.x == pytest.approx(0.65, abs=0.05)
    assert face.seen


def test_trembling_is_reduced():
    tracker = FaceTracker()
    shifts = [3, -3, 2, -2, 3, -3, 1, -3, 3, -1] * 3
    places = [
        tracker.update(row / 15, [LEFT.shifted(shift, 0)])[0].box.x
        for row, shift in enumerate(shifts)
    ]
    assert max(places[5:]) - min(places[5:]) < 4


def test_one_wrong_box_does_no_harm():
    tracker = FaceTracker()
    for row in range(10):
        tracker.update(row / 15, [LEFT])
    (face,) = tracker.update(10 / 15, [FaceBox(20, 20, 60)])
    assert face.box == LEFT
    assert tracker.update(11 / 15, [LEFT])[0].box == LEFT


def test_a_quick_face_is_not_left_behind():
    tracker = FaceTracker()
    for row in range(30):
        place = LEFT.shifted(4 * row, 0)  # one and a half sides a second
        (face,) = tracker.update(row / 15, [place])
    assert face.box.overlap(place) > 0.6


def test_a_lost_face_is_held_for_a_moment():
    tracker = FaceTracker()
    tracker.update(0.0, [LEFT])
    (held,) = tracker.update(0.3, [])
    assert (held.box, held.seen) == (LEFT, False)
    assert tracker.update(0.31, []) == []
    (again,) = tracker.update(0.4, [LEFT.shifted(4, 0)])
    assert (again.face_id, again.box, again.seen) == (0, LEFT.shifted(4, 0), True)


def picture(seed):
    """A frame of its own, with large soft shapes."""
    noise = np.random.default_rng(seed).normal(size=(60, 180, 3)).astype(np.float32)
    shapes = cv2.GaussianBlur(noise, (0, 0), 5)
    return cv2.normalize(shapes, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)


def sequence(*rows, step_s=0.1, box=LEFT):
    """Numbers of the one face of each frame; a row is its picture and its shot."""
    numbers = FaceNumbers()
    return [
        next(iter(numbers.assign(row * step_s, [box], image=image, shot=shot)))
        for row, (image, shot) in enumerate(rows)
    ]


ONE, OTHER = (picture(1), 0), ((picture(2) * 0.6).astype(np.uint8), 0)


def test_somebody_else_in_the_same_place_is_another_face():
    assert sequence(ONE, ONE, OTHER, OTHER) == [0, 0, 1, 1]


def test_who_gave_place_to_another_comes_back_with_the_own_picture_only():
    assert sequence(ONE, *[OTHER] * 20, ONE) == [0, *[1] * 20, 0]
    assert sequence(ONE, *[OTHER] * 20, (picture(3), 0)) == [0, *[1] * 20, 2]


def test_a_flash_does_not_make_another_face():
    flash = (np.full_like(ONE[0], 255), 0)
    assert sequence(ONE, flash, ONE, flash, ONE)[::2] == [0, 0, 0]


def test_a_cut_ends_every_face_and_the_same_shot_brings_them_back():
    same = ONE[0]
    assert sequence((same, 0), (same, 1), (same, 0), (same, 2)) == [0, 1, 0, 2]


def test_after_a_gap_the_picture_may_have_changed():
    assert sequence(ONE, OTHER, step_s=1.0) == [0, 0]


def test_a_false_alarm_beside_a_live_face_is_not_told_and_a_newcomer_soon_is():
    tracker = FaceTracker()
    face, wall, newcomer = FaceBox(0, 0, 50), FaceBox(100, 0, 60), FaceBox(200, 0, 40)
    scenes = [[face]] * 3 + [[face, wall]] + [[face]] * 5 + [[face, newcomer]] * 4
    told = [
        [tracked.face_id for tracked in tracker.update(place / 20, boxes)]
        for place, boxes in enumerate(scenes)
    ]
    assert told == [[0]] * 11 + [[0, 2]] * 2
