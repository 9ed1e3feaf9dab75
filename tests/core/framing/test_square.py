"""The square that eyes and mouth ask for."""

import numpy as np
import pytest

from core.faces.framing.square import PLACES, square_of


@pytest.mark.parametrize("roll", [0.0, 17.0, -33.0, 178.0])
def test_a_square_is_told_from_what_lies_in_it(roll):
    cos, sin = np.cos(np.radians(roll)), np.sin(np.radians(roll))
    side, middle = 40.0, np.array([70.0, -5.0])
    points = (PLACES - 0.5) * side @ np.array([[cos, sin], [-sin, cos]]) + middle
    (square,) = square_of(points[None].astype(np.float32))
    np.testing.assert_allclose(square, [*middle, side, roll], atol=1e-3)


def test_a_turned_head_does_not_shrink_its_square_to_the_distance_of_its_eyes():
    turned = PLACES.copy()
    turned[:, 0] = 0.5 + (turned[:, 0] - 0.5) * 0.5
    (square,) = square_of(turned[None].astype(np.float32))
    assert 0.7 < square[2] < 0.95
    np.testing.assert_allclose(square[3], 0, atol=1e-4)
