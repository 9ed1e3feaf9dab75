"""Drawings show the parts of the face where the landmarks are."""

import cv2
import numpy as np
import pytest

from core.cues import drawings
from core.cues.drawings import BROW, CHIN, EYE, KINDS, LIPS, MOUTH, NOSE, SKIN, draw_parts
from tests.cue_doubles import resting_face


def pixel(picture, share):
    x, y = ((np.asarray(share) + 0.5) * len(picture)).astype(int)
    return tuple(int(value) for value in picture[y, x])


def test_every_part_is_painted_where_it_is():
    face = resting_face(mouth_open=0.1)
    picture = draw_parts(face, 200)
    expected = {
        BROW: face[19], EYE: face[36:42].mean(0), NOSE: face[27:36].mean(0),
        MOUTH: face[60:68].mean(0), LIPS: (face[57] + face[66]) / 2, CHIN: (face[8] + face[57]) / 2,
        SKIN: (face[27] + face[20]) / 2,
    }  # fmt: skip
    assert {color: pixel(picture, place) for color, place in expected.items()} == {
        color: color for color in expected
    }


def test_what_is_outside_the_face_is_black():
    picture = draw_parts(resting_face(), 100)
    assert not picture[:5].any()
    assert not picture[:, :2].any()


def test_parts_differ_in_brightness_for_grey_towers():
    colors = [color for color, _ in (*drawings.HULLS, *drawings.OUTLINES)]
    grey = cv2.cvtColor(np.array([sorted(set(colors))], np.uint8), cv2.COLOR_RGB2GRAY)[0]
    assert np.diff(np.sort(grey.astype(int))).min() >= 20


def test_a_closing_mouth_takes_its_dark_away():
    def dark(openness):
        return (draw_parts(resting_face(mouth_open=openness), 200) == MOUTH).all(-1).sum()

    assert dark(0.1) > 2 * dark(0.03) > 0


def test_every_landmark_is_marked():
    face = resting_face()
    picture = drawings.draw_landmarks(face, 200)
    assert all(any(pixel(picture, point)) for point in face)
    assert (picture.any(-1)).mean() < 0.25


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_face_the_picture_is_black(kind):
    picture = KINDS[kind](np.full((68, 2), np.nan, np.float32))
    assert picture.shape == (224, 224, 3)
    assert not picture.any()


@pytest.mark.parametrize("kind", KINDS)
def test_a_face_half_outside_is_cut_off(kind):
    shifted = resting_face() + np.array([0.5, 0], np.float32)
    whole, half = KINDS[kind](resting_face(), 200), KINDS[kind](shifted, 200)
    differs = (half[:, 100:] != whole[:, :100]).any(-1)
    assert whole[:, :100].any()
    assert differs.mean() < 0.01  # smoothed edges at the border
