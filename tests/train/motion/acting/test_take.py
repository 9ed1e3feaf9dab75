import numpy as np
import pytest

from tests.train.motion_doubles import toy_points
from train.motion.acting.curves import Course
from train.motion.acting.take import (
    LEFTOVER,
    RELIEF,
    Take,
    Timing,
    acted,
    calmed,
    distraction,
    draw_take,
    held,
    relaxed,
    transition,
)
from train.motion.faces.fit import fit_face

SECONDS = np.linspace(0, 1, 25)
ONSET = Course("onset", 0.2, 0.5, np.inf, 1.0, 1.0)


@pytest.fixture
def smiling(face_mesh):
    strengths = np.zeros(len(face_mesh.actions))
    strengths[face_mesh.index("mouthSmile_L")] = 0.8
    return fit_face(face_mesh, toy_points(), strengths)


def take_of(face, seed=0):
    return Take(face, SECONDS, ONSET, np.random.default_rng(seed))


def test_a_relaxed_still_ends_as_the_still(smiling):
    strengths, calmness = relaxed(take_of(smiling))
    np.testing.assert_allclose(strengths[-1], smiling.strengths)
    assert strengths[0].max() <= LEFTOVER * 0.8
    assert calmness[-1] == 0
    assert RELIEF[0] <= calmness[0] <= RELIEF[1]


def test_a_calmed_still_stays_near_rest(smiling):
    strengths, calmness = calmed(take_of(smiling))
    assert strengths.max() <= LEFTOVER * 0.8
    np.testing.assert_array_equal(strengths, strengths[:1].repeat(25, 0))
    assert calmness.min() == calmness.max() >= RELIEF[0]


def test_an_actor_begins_at_rest_and_ends_in_the_expression(face_mesh):
    face = fit_face(face_mesh, toy_points(), np.zeros(len(face_mesh.actions)))
    strengths = acted(take_of(face), "surprise")
    np.testing.assert_array_equal(strengths[0], face.strengths)
    assert strengths[-1, face_mesh.index("browOuterUp_L")] > 0.3


def test_a_transition_ends_in_its_own_expression_and_shows_another_before(face_mesh):
    face = fit_face(face_mesh, toy_points(), np.zeros(len(face_mesh.actions)))
    own, seen_before = face_mesh.index("mouthSmile_L"), 0
    for seed in range(20):
        strengths = transition(take_of(face, seed), "happiness")
        assert strengths[0, own] == 0
        assert strengths[-1, own] > 0.3
        others = np.flatnonzero(strengths[-1] == 0)
        seen_before += strengths[:, others].max() > 0.3
    assert seen_before > 15


def test_a_held_still_hardly_changes(smiling):
    strengths = held(take_of(smiling))
    assert np.abs(strengths - smiling.strengths).max() < 0.5
    assert strengths.std(0).max() > 0


def test_muscles_do_not_start_together(smiling, face_mesh):
    course = acted(take_of(smiling), "happiness") - smiling.strengths
    moving = course[:, course[-1] > 0]
    halfway = (moving / moving[-1] > 0.5).argmax(0)
    assert len(np.unique(halfway)) > 1


def test_distraction_is_added_whatever_the_expression(smiling):
    added = [distraction(take_of(smiling, seed)) for seed in range(40)]
    assert all(each.shape == (25, len(smiling.strengths)) for each in added)
    speaking = [each[:, smiling.mesh.index("jawOpen")].max() > 0.02 for each in added]
    assert 5 < sum(speaking) < 25


def test_lengths_and_frame_rates_stay_in_their_ranges(smiling):
    rng = np.random.default_rng(0)
    timing = Timing(shortest=5, longest=9, period_s=(0.04, 0.08))
    takes = [draw_take(smiling, timing, rng) for _ in range(100)]
    assert {len(take.seconds) for take in takes} == {5, 6, 7, 8, 9}
    periods = [take.seconds[1] for take in takes]
    assert 0.04 <= min(periods) < 0.05
    assert 0.07 < max(periods) <= 0.08


@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 0, 0), (1.0, 15, 20)])
def test_talk_is_as_frequent_as_asked(face_mesh, share, least, most):
    face = fit_face(face_mesh, toy_points(), np.zeros(len(face_mesh.actions)))
    jaw = face_mesh.index("jawOpen")
    # A short clip may lie in a pause of its speaker.
    moved = [distraction(take_of(face, seed), share)[:, jaw].max() > 0 for seed in range(20)]
    assert least <= sum(moved) <= most
