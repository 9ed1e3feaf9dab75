import cv2
import numpy as np
import pytest

from core.faces.agreement import FEWEST, SURE_TILT, Agreement, rolled
from core.faces.box import FaceBox


@pytest.fixture(scope="module")
def agreement():
    return Agreement()


@pytest.fixture(scope="module")
def busy_wall():
    """Blurred noise with all the contrast of a picture."""
    noise = np.random.default_rng(0).normal(size=(240, 320, 3)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), 6)
    return cv2.normalize(noise, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)


def test_the_cascades_agree_on_a_face_and_on_no_wall(agreement, portrait, portrait_face, busy_wall):
    assert agreement.windows(portrait, portrait_face) > 2 * FEWEST
    assert agreement.windows(busy_wall, FaceBox(100, 60, 110)) < FEWEST / 2


def test_false_alarms_are_left_out_and_faces_scored(agreement, portrait, portrait_face):
    collar = FaceBox(150, 230, 110)
    (kept,) = agreement.confirmed(portrait, [collar, portrait_face])
    assert kept.center == portrait_face.center
    assert 0.6 <= kept.score <= 1


@pytest.mark.parametrize("roll", [-60, 45, 180])
def test_the_tilt_of_a_head_is_where_they_agree_most(agreement, portrait, portrait_face, roll):
    matrix = cv2.getRotationMatrix2D(portrait_face.center, -roll, 1.0)
    tilted = cv2.warpAffine(portrait, matrix, (512, 512))
    best = agreement.best(tilted, [portrait_face, *rolled(portrait_face, range(15, 360, 15))])
    assert abs((best.roll - roll + 180) % 360 - 180) <= 15


def test_a_tilt_that_is_not_surely_better_is_not_taken(agreement, busy_wall):
    box = FaceBox(100, 60, 110)
    assert agreement.best(busy_wall, [box, *rolled(box, (30, 60, 90))]) == box
    assert SURE_TILT > FEWEST
