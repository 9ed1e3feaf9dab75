import numpy as np
import pytest

from tests.train.motion_doubles import toy_collection
from train.motion.acting.take import Timing
from train.motion.casting import Casting, Plan
from train.motion.clip_set import gather
from train.motion.faces.erasure import LEAST_PER_LABEL, learn_erasure
from train.motion.faces.pool import NEUTRAL, build_pool
from train.motion.leak import first_frame_leak
from train.motion.traces import FULL_RELIEF, learn_traces

ANGER = 3


@pytest.fixture(scope="module")
def marked(face_mesh):
    """A pool in which every angry face has a dark corner, where the mesh has no point."""
    stills, landmarks = toy_collection(LEAST_PER_LABEL * 3)
    stills.images[stills.labels == ANGER, 9:17, 9:17] //= 3
    return build_pool(stills, landmarks, face_mesh)


@pytest.fixture(scope="module")
def erasure(marked, face_mesh):
    return learn_erasure(marked, face_mesh)


@pytest.fixture(scope="module")
def traces(marked, face_mesh, erasure):
    return learn_traces(marked, face_mesh, erasure)


def marked_faces(pool, label, count=8):
    return pool.images[pool.labels == label][:count].astype(np.float32)


def corner(frames):
    return float(frames[:, 11:15, 11:15].mean())


def test_a_trace_is_erased_as_far_as_a_face_has_relaxed(marked, traces):
    frames = marked_faces(marked, ANGER)
    gone, half, kept = (
        traces.erase_from(frames, np.full(len(frames), calmness * FULL_RELIEF))
        for calmness in (1.0, 0.5, 0.0)
    )
    unmarked = corner(marked_faces(marked, NEUTRAL))
    assert abs(corner(gone) - unmarked) < 0.6 * abs(corner(frames) - unmarked)
    assert corner(frames) < corner(half) < corner(gone)
    np.testing.assert_array_equal(kept, frames)


def test_neutral_faces_and_what_lies_around_them_hardly_change(marked, traces):
    changes = []
    for label in (NEUTRAL, ANGER):
        frames = marked_faces(marked, label)
        erased = traces.erase_from(frames, np.full(len(frames), FULL_RELIEF))
        changes.append(np.abs(erased - frames))
    assert changes[0].mean() < 0.5 * changes[1].mean()
    assert changes[1][:, :8].max() == 0


def test_first_frames_of_relaxed_faces_tell_less_without_traces(marked, face_mesh, erasure, traces):
    plan = Plan(timing=Timing(2, 2), kinds={"relaxed": 1.0}, neutral_share=0)

    def leak(*taken_out):
        casting = Casting(marked, face_mesh, plan, 0, *taken_out)
        clips = gather([casting.make(number) for number in range(240)], "train")
        return first_frame_leak(clips, "relaxed")

    (before, chance), (after, _) = leak(erasure), leak(erasure, traces)
    assert before > chance + 0.08
    assert after < before - 0.1


def test_too_few_faces_of_a_label_teach_nothing(face_mesh, erasure):
    pool = build_pool(*toy_collection(LEAST_PER_LABEL - 1), face_mesh)
    assert learn_traces(pool, face_mesh, erasure) is None
