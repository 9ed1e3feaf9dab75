import numpy as np
import pytest

from tests.train.motion_doubles import MEDIAPIPE_NAMES, toy_points
from train.motion.faces.fit import fit_camera, fit_face, pose_of, strengths_of, within_reach


def scores(**given):
    out = np.zeros((1, 52), np.float32)
    for name, value in given.items():
        out[0, list(MEDIAPIPE_NAMES).index(name)] = value
    return out


@pytest.fixture
def rest(face_mesh):
    return np.zeros(len(face_mesh.actions))


@pytest.mark.parametrize(("turn", "roll"), [(0.0, 0.0), (0.3, 0.0), (-0.2, 0.2)])
def test_the_pose_of_a_turned_head_is_found(face_mesh, turn, roll):
    points = toy_points(turn=turn, roll=roll)
    camera, _ = fit_camera(face_mesh.neutral[:68], points.astype(float))
    yaw, pitch, found_roll = pose_of(camera)
    assert yaw == pytest.approx(turn, abs=0.02)
    assert pitch == pytest.approx(0, abs=0.02)
    assert found_roll == pytest.approx(roll, abs=0.02)
    assert np.linalg.norm(camera[0]) == pytest.approx(3.1, rel=0.02)


def test_mesh_lies_on_the_landmarks(face_mesh, rest):
    points = toy_points(turn=0.2)
    face = fit_face(face_mesh, points, rest)
    np.testing.assert_allclose(face.points[:68], points, atol=0.3)


def test_own_actions_leave_every_point_in_place(face_mesh, rest):
    rest[face_mesh.index("mouthSmile_L")] = 0.7
    face = fit_face(face_mesh, toy_points(open_px=5), rest)
    np.testing.assert_allclose(face.placed(face.strengths), face.points, atol=1e-9)


def test_an_opening_that_the_scores_missed_becomes_the_jaws(face_mesh, rest):
    face = fit_face(face_mesh, toy_points(open_px=6), rest)
    # The toy's jaw drops by 3 units of 3.1 px.
    assert face.strengths[face_mesh.index("jawOpen")] == pytest.approx(6 / 9.3, abs=0.08)


def test_relaxing_closes_an_open_mouth(face_mesh, rest):
    face = fit_face(face_mesh, toy_points(open_px=6), rest)
    relaxed = face.placed(np.zeros_like(face.strengths))
    gap = relaxed[[67, 66, 65], 1] - relaxed[[61, 62, 63], 1]
    assert np.abs(gap).max() < 1.0
    assert relaxed[8, 1] < face.points[8, 1] - 4  # the chin comes up


def test_turning_moves_the_nose_more_than_the_outline(face_mesh, rest):
    face = fit_face(face_mesh, toy_points(), rest)
    moved = face.placed(face.strengths, np.array([0.1, 0.0])) - face.points
    assert moved[30, 0] > moved[0, 0] + 0.4
    assert np.abs(moved[:, 1]).max() < 0.2


def test_scores_keep_their_side_and_count_from_rest(face_mesh):
    rest = np.zeros(52)
    rest[list(MEDIAPIPE_NAMES).index("jawOpen")] = 0.5
    given = scores(mouthSmileLeft=0.6, browInnerUp=0.4, jawOpen=0.75)
    found = strengths_of(face_mesh, MEDIAPIPE_NAMES, given, rest)[0]
    strength = dict(zip(face_mesh.actions, found, strict=True))
    assert strength["mouthSmile_L"] == pytest.approx(0.6)
    assert strength["mouthSmile_R"] == 0
    assert strength["browInnerUp_L"] == strength["browInnerUp_R"] > 0.4
    assert strength["jawOpen"] == pytest.approx(0.5)


def test_scores_below_rest_are_rest(face_mesh):
    found = strengths_of(face_mesh, MEDIAPIPE_NAMES, scores(jawOpen=0.1), np.full(52, 0.3))
    assert not found.any()


def test_smiles_lift_the_cheek_of_their_side(face_mesh):
    found = strengths_of(face_mesh, MEDIAPIPE_NAMES, scores(mouthSmileRight=1.0), np.zeros(52))[0]
    assert found[face_mesh.index("cheekSquint_R")] > 0.3
    assert found[face_mesh.index("cheekSquint_L")] == 0


def test_lids_close_once(face_mesh):
    much = within_reach(face_mesh, np.full(len(face_mesh.actions), 5.0))
    assert much[face_mesh.index("eyeBlink_L")] == 1.0
    assert much[face_mesh.index("jawOpen")] < 2.0
