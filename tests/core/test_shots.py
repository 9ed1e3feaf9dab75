import cv2
import numpy as np
import pytest

from core.faces.box import FaceBox
from core.faces.looks import Look
from core.faces.shots import Shots


def scene(seed, height=180, width=320):
    """A picture with large soft shapes in its own colours."""
    noise = np.random.default_rng(seed).normal(size=(height, width, 3)).astype(np.float32)
    shapes = cv2.GaussianBlur(noise, (0, 0), 20)
    return cv2.normalize(shapes, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)


FIRST, SECOND = scene(1), (scene(2) * 0.6).astype(np.uint8)


def lit(image, share):
    """The picture, so much of the way to white."""
    return np.clip(image * (1 - share) + 255 * share, 0, 255).astype(np.uint8)


def numbers(*images):
    shots = Shots()
    return [shots.number(image, row / 15) for row, image in enumerate(images)]


def test_a_cut_begins_a_shot():
    assert numbers(FIRST, FIRST, SECOND, SECOND) == [0, 0, 1, 1]


def test_a_shot_that_comes_back_keeps_its_number():
    assert numbers(FIRST, SECOND, FIRST, SECOND) == [0, 1, 0, 1]


def test_after_a_long_time_a_shot_is_a_new_one():
    shots = Shots()
    shots.number(FIRST, 0.0)
    shots.number(SECOND, 1.0)
    assert shots.number(FIRST, 60.0) == 2


@pytest.mark.parametrize("share", [0.3, 0.8, 1.0])
def test_a_flash_is_no_cut(share):
    assert numbers(FIRST, lit(FIRST, share), FIRST) == [0, 0, 0]


def test_a_fade_through_black_to_another_scene_is_a_cut():
    black = np.zeros_like(FIRST)
    assert numbers(FIRST, FIRST // 3, black, SECOND // 3, SECOND) == [0, 0, 0, 1, 1]


def test_a_camera_that_moves_fast_does_not_cut():
    wide = scene(3, 300, 900)
    pan = [wide[60:240, 12 * row : 12 * row + 320] for row in range(40)]
    shaken = [wide[60 + dy : 240 + dy, 200 + dx : 520 + dx] for dx, dy in ((0, 0), (25, -20)) * 5]
    assert set(numbers(*pan)) == {0}
    assert set(numbers(*shaken)) == {0}


def test_a_look_around_a_face_sees_an_exchange_in_a_standing_picture():
    before, after = FIRST.copy(), FIRST.copy()
    after[70:120, 115:165] = SECOND[:50, :50]
    face = FaceBox(127, 82, 26)
    assert Look.of(before).goes_on(Look.of(after))
    assert not Look.around(before, face).goes_on(Look.around(after, face))


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1)])
def test_the_strangest_pictures_have_looks(size):
    image = np.full((*size, 3), 90, np.uint8)
    look = Look.around(image, FaceBox(-400, 600, 30))
    assert look.is_flat
    assert look.goes_on(Look.of(image))
