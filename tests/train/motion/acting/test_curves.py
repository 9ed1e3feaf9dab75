import numpy as np
import pytest

from train.motion.acting.curves import COURSES, Course, draw_course, smooth_step, wander


def courses(kind, duration_s, count=300):
    rng = np.random.default_rng(0)
    drawn = [draw_course(duration_s, rng) for _ in range(count)]
    return [course for course in drawn if course.kind == kind]


@pytest.mark.parametrize("duration_s", [0.4, 1.0, 4.0])
@pytest.mark.parametrize("kind", ["onset", "whole"])
def test_an_expression_begins_at_rest_and_reaches_its_apex(kind, duration_s):
    seconds = np.linspace(0, duration_s, 200)
    for course in courses(kind, duration_s):
        strength = course.strength(seconds)
        assert strength[0] == 0
        assert strength.max() > 0.97
        assert (np.diff(strength[: strength.argmax()]) >= -1e-9).all()


def test_an_onset_ends_at_the_apex():
    for course in courses("onset", 1.0):
        assert course.strength(np.array([1.0]))[0] == pytest.approx(1)


def test_a_whole_expression_fades_again():
    ends = [course.strength(np.array([1.0]))[0] for course in courses("whole", 1.0)]
    assert np.mean(ends) < 0.9


def test_a_clip_from_the_apex_begins_there():
    for course in courses("from_apex", 1.0):
        assert course.strength(np.zeros(1))[0] == 1


def test_every_course_is_drawn_as_often_as_it_should():
    shares = {kind: len(courses(kind, 1.0, 2000)) / 2000 for kind in COURSES}
    assert shares == pytest.approx(COURSES, abs=0.04)


def test_a_lagging_muscle_comes_later():
    course = Course("onset", 0.1, 0.5, np.inf, 1.0, 1.0)
    seconds = np.array([0.3])
    assert course.strength(seconds, 0.1)[0] < course.strength(seconds)[0]


def test_smooth_step_is_flat_at_both_ends():
    np.testing.assert_allclose(smooth_step(np.array([-1, 0, 0.5, 1, 2])), [0, 0, 0.5, 1, 1])
    assert smooth_step(np.array([0.01]))[0] < 1e-4


def test_wandering_has_unit_size_and_no_leaps():
    rng = np.random.default_rng(0)
    seconds = np.arange(0, 20, 0.04)
    curves = np.concatenate([wander(seconds, 20, rng) for _ in range(20)], 1)
    assert curves.std() == pytest.approx(1, abs=0.15)
    assert np.abs(np.diff(curves, axis=0)).max() < 1.0
