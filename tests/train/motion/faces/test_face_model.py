import numpy as np
import pytest

from core.errors import DataError
from tests.train.motion_doubles import toy_landmarks, write_face_model
from train.motion.faces.face_model import blend, frame_points, load_face_mesh


def test_the_landmarks_come_first(face_mesh):
    np.testing.assert_allclose(face_mesh.neutral[:68, :2], toy_landmarks(), atol=1e-4)
    assert len(face_mesh.neutral) == 280


def test_actions_that_move_only_the_eyeball_are_left_out(face_mesh):
    assert not any(name.startswith("eyeLook") for name in face_mesh.actions)
    assert "eyeBlink_L" in face_mesh.actions
    assert len(face_mesh.deltas) == len(face_mesh.actions) == len(face_mesh.normal_deltas)


def test_triangles_cover_the_frame_once(face_mesh):
    frame = (frame_points(20, 20) - 10) * (1, -1)
    points = np.vstack([face_mesh.neutral[:, :2], frame])
    edges = np.diff(points[face_mesh.triangles], axis=1)
    area = np.abs(np.linalg.det(edges)) / 2
    # The frame is twice 20 units wide; the jaw is slightly open when triangles are chosen.
    assert area.sum() == pytest.approx(40 * 40, rel=0.02)


def test_surroundings_and_mouth_are_drawn_before_the_skin(face_mesh):
    around = (face_mesh.triangles >= len(face_mesh.neutral)).any(1)
    skin = ~around & ~face_mesh.is_mouth
    assert face_mesh.is_mouth.sum() == 6
    last_hidden = max(np.flatnonzero(around).max(), np.flatnonzero(face_mesh.is_mouth).max())
    assert np.flatnonzero(skin).min() > last_hidden


def test_offsets_of_landmarks_reach_every_point(face_mesh):
    shifted = face_mesh.spread @ np.tile([2.0, -1.0], (68, 1))
    np.testing.assert_allclose(shifted, np.tile([2.0, -1.0], (280, 1)), atol=1e-3)


def test_lips_pull_towards_each_other(face_mesh):
    gap = np.tile([0.0, 1.0], (5, 1))
    pull = face_mesh.lip_pull @ gap
    assert pull[62, 1] == pytest.approx(0.5)
    assert pull[66, 1] == pytest.approx(-0.5)
    assert np.abs(pull[36:48]).max() < 1e-3  # the eyes stay


def test_blending_adds_deltas_by_strength():
    deltas = np.arange(12.0).reshape(2, 2, 3)
    np.testing.assert_array_equal(blend(np.array([2.0, -1.0]), deltas), 2 * deltas[0] - deltas[1])


def test_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.npz is missing"):
        load_face_mesh(tmp_path / "nowhere.npz")


def test_another_file_is_refused(tmp_path):
    write_face_model(tmp_path / "half.npz", drop=("expression_deltas",))
    with pytest.raises(DataError, match="expression_deltas"):
        load_face_mesh(tmp_path / "half.npz")
