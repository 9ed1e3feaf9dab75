import numpy as np
import pytest

from core.errors import ConfigError, DataError
from core.labels import SEVEN
from tests.train.motion_doubles import toy_collection
from train.motion.acting.take import Timing
from train.motion.casting import KINDS, NEUTRAL_KINDS, PLAYED_BY_CALM, Casting, Plan
from train.motion.clip_set import gather
from train.motion.faces.pool import NEUTRAL, build_pool
from train.motion.leak import first_frame_leak

SHORT = Timing(4, 6)


@pytest.fixture(scope="module")
def pool(face_mesh):
    return build_pool(*toy_collection(8), face_mesh)


def test_a_number_always_gives_the_same_clip(pool, face_mesh):
    once, again = (Casting(pool, face_mesh, Plan(timing=SHORT), 0) for _ in range(2))
    again.make(0)
    first, second = once.make(5), again.make(5)
    np.testing.assert_array_equal(first.frames, second.frames)
    assert (first.label, first.person, first.kind) == (second.label, second.person, second.kind)


@pytest.mark.parametrize(("seed", "stream"), [(1, 0), (0, 1)])
def test_seeds_and_parts_differ(pool, face_mesh, seed, stream):
    first = Casting(pool, face_mesh, Plan(timing=SHORT), 0)
    second = Casting(pool, face_mesh, Plan(timing=SHORT, seed=seed), stream)
    assert any(not np.array_equal(first.make(i).frames, second.make(i).frames) for i in range(2))


def test_labels_are_those_of_the_stills_and_shares_are_kept(pool, face_mesh):
    plan = Plan(timing=Timing(2, 2), neutral_share=0.4)
    casting = Casting(pool, face_mesh, plan, 0)
    clips = [casting.make(i) for i in range(150)]
    label_of = dict(zip(pool.people, pool.labels, strict=True))
    for clip in clips:
        still = label_of[clip.person]
        if clip.kind == "calmed":
            assert (still != NEUTRAL, clip.label) == (True, NEUTRAL)
        else:
            assert still == (NEUTRAL if clip.kind in PLAYED_BY_CALM else clip.label)
    neutral = [clip for clip in clips if clip.label == NEUTRAL]
    assert 0.25 < len(neutral) / len(clips) < 0.55
    assert {clip.kind for clip in neutral} == {"resting", "calmed"}
    assert {clip.kind for clip in clips} == (KINDS.keys() | NEUTRAL_KINDS.keys()) - {"morphed"}


def test_a_transition_has_a_course_of_its_own(pool, face_mesh):
    plan = Plan(timing=SHORT, kinds={"transition": 1.0}, neutral_share=0)
    clip = Casting(pool, face_mesh, plan, 0).make(0)
    assert clip.course == "transition"


def test_frames_have_the_planned_length_and_period(pool, face_mesh):
    casting = Casting(pool, face_mesh, Plan(timing=SHORT), 0)
    for clip in (casting.make(i) for i in range(10)):
        assert 4 <= len(clip.frames) <= 6
        assert clip.frames.shape[1:] == (64, 64)
        assert 0.04 <= clip.period_s <= 0.20


def test_pairs_of_one_person_are_morphed(face_mesh):
    people = np.array([f"person-{i % 8}" for i in range(16)])
    stills, landmarks = toy_collection(8, labels=[NEUTRAL, 0], people=people)
    pool = build_pool(stills, landmarks, face_mesh)
    plan = Plan(timing=SHORT, kinds={"morphed": 1.0, "acted": 0.001}, neutral_share=0)
    casting = Casting(pool, face_mesh, plan, 0)
    clips = [casting.make(i) for i in range(30)]
    morphed = {clip.label for clip in clips if clip.kind == "morphed"}
    assert morphed == {SEVEN.index("happiness")}


def test_first_frames_of_actors_do_not_tell_the_class_and_their_apex_does(pool, face_mesh):
    plan = Plan(timing=Timing(2, 2), kinds={"acted": 1.0}, neutral_share=0)
    casting = Casting(pool, face_mesh, plan, 0)
    clips = [casting.make(i) for i in range(200)]
    score, chance = first_frame_leak(gather(clips, "train"), "acted")
    assert score < chance + 0.1
    # The same judge must be able to tell: give it the apex in place of the first frame.
    turned = [type(clip)(**(vars(clip) | {"frames": clip.frames[::-1]})) for clip in clips]
    told, _ = first_frame_leak(gather(turned, "train"), "acted")
    assert told > score + 0.1


def test_labels_that_no_still_can_show_are_named(face_mesh):
    pool = build_pool(*toy_collection(3, labels=[NEUTRAL, 0]), face_mesh)
    with pytest.raises(DataError, match="sadness, anger, surprise, disgust, fear"):
        Casting(pool, face_mesh, Plan(kinds={"relaxed": 1.0}), 0)


def test_unknown_kinds_are_refused():
    with pytest.raises(ConfigError, match="unknown kind of clip danced; choose relaxed"):
        Plan(kinds={"danced": 1.0})


def test_impossible_shares_are_refused():
    with pytest.raises(ConfigError, match=r"1\.5"):
        Plan(neutral_share=1.5)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"speaking_share": -0.1}, "^speaking share -0.1"),
        ({"neutral_speaking_share": 2.0}, "neutral speaking share 2.0"),
        ({"courses": {"waltz": 1.0}}, "unknown course waltz; choose onset, whole, from_apex"),
        ({"courses": {"onset": 0.0}}, "not all 0; got onset=0.0"),
        ({"kinds": {"acted": -1.0, "held": 2.0}}, "got acted=-1.0 held=2.0"),
    ],
)
def test_what_nothing_can_be_drawn_of_is_refused(setting, words):
    with pytest.raises(ConfigError, match=words):
        Plan(**setting)


def test_expressions_are_there_from_the_first_frame_on_as_often_as_planned(pool, face_mesh):
    for courses, shown in (({"from_apex": 2}, {"from_apex"}), ({"onset": 1}, {"onset"})):
        plan = Plan(timing=SHORT, kinds={"acted": 1.0}, neutral_share=0, courses=courses)
        casting = Casting(pool, face_mesh, plan, 0)
        assert {casting.make(i).course for i in range(5)} == shown


def test_neutral_clips_talk_as_often_as_planned(pool, face_mesh, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "train.motion.casting.distraction",
        lambda take, share: (
            drawn.append(share) or np.zeros((len(take.seconds), len(take.face.mesh.actions)))
        ),
    )
    plan = Plan(timing=SHORT, speaking_share=0.25, neutral_speaking_share=0.75, neutral_share=0.5)
    casting = Casting(pool, face_mesh, plan, 0)
    wanted = [0.75 if casting.make(i).label == NEUTRAL else 0.25 for i in range(12)]
    assert drawn == wanted
    assert len(set(drawn)) == 2
