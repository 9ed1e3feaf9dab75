import numpy as np
import pytest

from tests.train.motion_doubles import draw_toy, toy_points
from train.motion.faces.fit import fit_face
from train.motion.filming.camera import HeadMotion
from train.motion.filming.morph import draw_morph, render_morph, similarity


def still_of(face_mesh, points, **look):
    return draw_toy(points, **look), fit_face(face_mesh, points, np.zeros(len(face_mesh.actions)))


def unmoved(frames):
    return HeadMotion(np.zeros((frames, 2)), np.tile(np.eye(2, 3), (frames, 1, 1)))


@pytest.fixture
def morph(face_mesh):
    first = still_of(face_mesh, toy_points(), skin=120)
    second = still_of(face_mesh, toy_points(scale=2.8, open_px=8) + np.float32(2), skin=180)
    return draw_morph(first, second, np.random.default_rng(0))


def test_similarity_recovers_turn_zoom_and_shift():
    points = np.random.default_rng(0).normal(size=(9, 2))
    angle, zoom = 0.3, 1.4
    plane = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    found = similarity(points, points @ plane.T + (5, -2))
    np.testing.assert_allclose(found, np.column_stack([plane, [5, -2]]), atol=1e-9)


def test_a_morph_begins_as_the_first_still(morph, face_mesh):
    extra = np.zeros((1, len(face_mesh.actions)))
    frame = render_morph(morph, np.zeros(1), extra, unmoved(1))[0]
    assert np.abs(frame - morph.first.image).mean() < 2


def test_a_morph_ends_with_the_second_stills_open_mouth_in_the_firsts_light(morph, face_mesh):
    extra = np.zeros((1, len(face_mesh.actions)))
    frame = render_morph(morph, np.ones(1), extra, unmoved(1))[0]
    first = morph.first.face.points
    mouth = (int(first[62, 1]) + 4, int(first[62, 0]))
    assert frame[mouth] < 0.7 * morph.first.image[mouth]
    nose = (int(first[30, 1]), int(first[30, 0]))
    assert abs(frame[nose] - morph.first.image[nose]) < 25


def test_halfway_the_mouth_is_half_open(morph, face_mesh):
    extra = np.zeros((3, len(face_mesh.actions)))
    frames = render_morph(morph, np.array([0, 0.5, 1]), extra, unmoved(3))
    x = int(morph.first.face.points[62, 0])
    dark = (frames[:, 38:60, x] < 90).sum(1)
    assert dark[0] <= dark[1] <= dark[2]
    assert dark[2] > dark[0] + 3
