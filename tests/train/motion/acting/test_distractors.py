import numpy as np
import pytest

from train.motion.acting.distractors import blinks, restlessness, speech

SECONDS = np.arange(0, 4, 0.04)


def test_blinks_close_both_lids_and_nothing_else(face_mesh):
    added = blinks(face_mesh, np.arange(0, 60, 0.02), np.random.default_rng(0))
    lids = [face_mesh.index("eyeBlink_L"), face_mesh.index("eyeBlink_R")]
    assert added[:, lids].max() == pytest.approx(1, abs=0.05)
    np.testing.assert_array_equal(added[:, lids[0]], added[:, lids[1]])
    assert not np.delete(added, lids, axis=1).any()


def test_eyes_are_open_most_of_the_time(face_mesh):
    added = blinks(face_mesh, np.arange(0, 300, 0.04), np.random.default_rng(0))
    assert 0.01 < (added.max(1) > 0.5).mean() < 0.12


def test_speech_opens_and_closes_the_mouth_and_leaves_brows_and_eyes(face_mesh):
    rng = np.random.default_rng(0)
    added = sum(np.abs(speech(face_mesh, SECONDS, rng)) for _ in range(20))
    moved = {name for name, row in zip(face_mesh.actions, added.T, strict=True) if row.any()}
    assert "jawOpen" in moved
    assert all(name.startswith(("jaw", "mouth")) for name in moved)


def test_speech_never_pulls_the_lip_corners(face_mesh):
    added = speech(face_mesh, SECONDS, np.random.default_rng(0))
    assert not added[:, face_mesh.index("mouthSmile_L")].any()
    assert not added[:, face_mesh.index("mouthFrown_L")].any()


def test_the_jaw_strokes_several_times_in_four_seconds(face_mesh):
    strokes = []
    for seed in range(20):
        jaw = speech(face_mesh, SECONDS, np.random.default_rng(seed))[:, face_mesh.index("jawOpen")]
        strokes.append((np.diff(np.sign(np.diff(jaw))) < 0).sum())
    assert np.median(strokes) >= 3


def test_restlessness_stays_below_an_expression(face_mesh):
    rng = np.random.default_rng(0)
    assert max(np.abs(restlessness(face_mesh, SECONDS, rng)).max() for _ in range(50)) <= 0.2
