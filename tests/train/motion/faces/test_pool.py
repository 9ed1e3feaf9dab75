import numpy as np
import pytest

from core.errors import DataError
from core.labels import SEVEN
from tests.train.motion_doubles import MEDIAPIPE_NAMES, toy_collection, toy_points
from train.faceclip.stills.sources import Stills
from train.motion.faces.landmarks import Landmarks
from train.motion.faces.pool import NEUTRAL, build_pool, join_pools, pairs_of

HAPPY = SEVEN.index("happiness")


def pool_of(face_mesh, labels, people, turns=None, **shape):
    turns = turns or [0.0] * len(labels)
    points = np.stack([toy_points(turn=turn, **shape) for turn in turns])
    stills = Stills(np.zeros((len(labels), 64, 64), np.uint8), np.array(labels), np.array(people))
    scores = np.zeros((len(labels), 52), np.float32)
    return build_pool(stills, Landmarks(points, scores, MEDIAPIPE_NAMES, ""), face_mesh)


def test_faces_that_turn_away_are_left_out(face_mesh):
    pool = pool_of(face_mesh, [NEUTRAL] * 3, ["a", "b", "c"], [0.0, 0.3, 0.7])
    assert list(pool.people) == ["a", "b"]
    np.testing.assert_allclose(pool.poses[:, 0], [0, 0.3], atol=0.02)


@pytest.mark.parametrize("shape", [{"roll": 0.5}, {"scale": 1.5}, {"scale": 4.5}])
def test_faces_that_lie_or_fill_the_frame_wrongly_are_left_out(face_mesh, shape):
    assert len(pool_of(face_mesh, [NEUTRAL], ["a"], **shape)) == 0


def test_faces_that_were_not_found_are_left_out(face_mesh):
    stills, landmarks = toy_collection(2)
    landmarks.points[3] = np.nan
    assert len(build_pool(stills, landmarks, face_mesh)) == len(stills) - 1


def test_only_calm_neutral_faces_are_calm(face_mesh):
    stills, landmarks = toy_collection(10)
    tense = np.flatnonzero(stills.labels == NEUTRAL)[0]
    landmarks.scores[tense, 1] = 0.9
    pool = build_pool(stills, landmarks, face_mesh)
    assert (pool.labels[pool.calm] == NEUTRAL).all()
    assert not pool.calm[tense]
    assert pool.calm.sum() >= 7


def test_collections_without_a_neutral_face_are_refused(face_mesh):
    stills, landmarks = toy_collection(2, labels=[HAPPY])
    with pytest.raises(DataError, match="none of these 2 stills is a neutral face"):
        build_pool(stills, landmarks, face_mesh)


def test_pairs_are_of_one_person_and_begin_neutral(face_mesh):
    pool = pool_of(face_mesh, [NEUTRAL, HAPPY, NEUTRAL, HAPPY], ["a", "a", "b", "c"])
    assert pairs_of(pool) == {HAPPY: [(0, 1)]}


def test_pairs_have_about_the_same_pose(face_mesh):
    labels, people = [NEUTRAL, NEUTRAL, HAPPY, HAPPY], ["a"] * 4
    pool = pool_of(face_mesh, labels, people, [-0.4, 0.0, 0.05, 0.4])
    assert pairs_of(pool) == {HAPPY: [(1, 2)]}


def test_joining_keeps_rows_in_order(face_mesh):
    one, two = (pool_of(face_mesh, [NEUTRAL], [name]) for name in "ab")
    joined = join_pools([one, two])
    assert list(joined.people) == ["a", "b"]
    assert len(joined) == len(joined.strengths) == 2
