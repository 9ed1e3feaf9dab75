"""Measures are of the face alone, whatever the camera does."""

import numpy as np
import pytest

from core.cues.measures import MEASURES, upright
from tests.cue_doubles import resting_face


@pytest.mark.parametrize("angle", [-0.5, 0.0, 0.3])
@pytest.mark.parametrize("size", [0.2, 100.0])
def test_position_size_and_roll_are_taken_out(angle, size):
    face = resting_face(mouth_open=0.05, brows_in=0.01).astype(float)
    cos, sin = np.cos(angle), np.sin(angle)
    moved = size * face @ np.array([[cos, sin], [-sin, cos]]) + (7, -3)
    (straight, same), (no_roll, roll) = upright(np.stack([face, moved]))
    np.testing.assert_allclose(same, straight, atol=1e-9)
    assert no_roll == pytest.approx(0, abs=1e-9)
    assert roll == pytest.approx(angle)


def test_the_eyes_are_one_unit_apart():
    ((face,), _) = upright(resting_face().astype(float)[None])
    right, left = face[[36, 39]].mean(0), face[[42, 45]].mean(0)
    assert left - right == pytest.approx((1, 0))
    assert left + right == pytest.approx((0, 0))


def test_every_measure_has_one_value_per_frame_and_words_of_its_own():
    face, roll = upright(np.stack([resting_face()] * 4).astype(float))
    assert all(measure.value(face, roll).shape == (4,) for measure in MEASURES)
    words = [text for measure in MEASURES for text in (measure.more, measure.less)]
    assert len(words) == len(set(words))
