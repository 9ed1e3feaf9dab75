import numpy as np

from tests.train.motion_doubles import toy_points
from train.motion.filming.mouth import (
    MouthLook,
    draw_mouth_look,
    lip_gap,
    paint_mouth,
    resting_teeth_edge,
)

LOOK = MouthLook(cavity=30.0, teeth=220.0, line=70.0, reach=0.0)
SKIN = np.full((64, 64), 150, np.float32)
CLOSED, OPEN = toy_points().astype(float), toy_points(open_px=8).astype(float)


def middle(points):
    x, y = ((points[62] + points[66]) / 2).round().astype(int)
    return y, x


def test_an_opening_mouth_is_dark_inside_and_unchanged_outside():
    painted = paint_mouth(SKIN, CLOSED, OPEN, resting_teeth_edge(CLOSED, LOOK), LOOK)
    assert painted[middle(OPEN)] < 40
    np.testing.assert_array_equal(painted[:30], SKIN[:30])


def test_upper_teeth_show_where_the_lip_leaves_them():
    look = MouthLook(cavity=30.0, teeth=220.0, line=70.0, reach=0.2)
    painted = paint_mouth(SKIN, CLOSED, OPEN, resting_teeth_edge(CLOSED, look), look)
    x, y = OPEN[62].round().astype(int)
    assert painted[y + 1, x] > 180
    assert painted[y + 6, x] < 60


def test_a_mouth_that_was_open_keeps_its_own_inside():
    painted = paint_mouth(SKIN, OPEN, OPEN, resting_teeth_edge(CLOSED, LOOK), LOOK)
    np.testing.assert_array_equal(painted, SKIN)


def test_lips_that_meet_leave_a_line():
    painted = paint_mouth(SKIN, OPEN, CLOSED, resting_teeth_edge(CLOSED, LOOK), LOOK)
    assert painted[middle(CLOSED)] < 120
    assert painted[middle(CLOSED)[0] + 6, middle(CLOSED)[1]] == 150


def test_lips_that_stay_closed_get_no_line():
    painted = paint_mouth(SKIN, CLOSED, CLOSED, resting_teeth_edge(CLOSED, LOOK), LOOK)
    np.testing.assert_array_equal(painted, SKIN)


def test_the_gap_is_measured_in_pixels():
    assert abs(lip_gap(OPEN) - lip_gap(CLOSED) - 8) < 0.1


def test_the_inside_is_darker_than_skin_and_teeth():
    rng = np.random.default_rng(0)
    for _ in range(20):
        look = draw_mouth_look(140.0, rng)
        assert look.cavity < look.line < 140 * 0.7 < look.teeth
