from dataclasses import replace

import numpy as np
import pytest

from core import load_predictor
from core.errors import ConfigError
from core.regroup import leave_out, merge


@pytest.fixture
def predictor(tiny_checkpoint):
    return load_predictor(tiny_checkpoint, device="cpu", detector="haar")


@pytest.fixture
def whole(predictor, write_video, walk):
    """One person, seen throughout."""
    return predictor.predict(write_video("one.avi", [f.image for f in walk([(60, 60)] * 24)]))


def seen(prediction, rows, face_id):
    """The same, as if the face had been seen in these frames alone."""
    found = np.zeros(len(prediction.frames.times_s), bool)
    found[rows] = True
    hidden = {
        name: np.where(found[:, None], getattr(prediction.frames, name), np.nan).astype(np.float32)
        for name in (
            *("boxes", "similarities", "probabilities", "features"),
            *("instant_similarities", "instant_probabilities"),
        )
    }
    crops = [
        crop if has else None for crop, has in zip(prediction.frames.crops, found, strict=True)
    ]
    frames = replace(prediction.frames, found=found, crops=crops, **hidden)
    return replace(prediction, face_id=face_id, frames=frames, faces_followed=3)


@pytest.fixture
def parted(whole):
    """The person as faces 0 and 1, and somebody else as face 2."""
    return [
        seen(whole, slice(0, 12), 0),
        seen(whole, slice(12, 24), 1),
        seen(whole, slice(6, 18), 2),
    ]


def test_two_halves_of_a_person_give_what_the_whole_gave(parted, whole, predictor):
    merged, other = merge(parted, [0, 1], predictor.recognizer)
    assert (merged.face_id, other.face_id) == (0, 2)
    assert merged.faces_followed == other.faces_followed == 2
    assert merged.frames.found.all()
    for name in ("probabilities", "instant_probabilities", "boxes"):
        np.testing.assert_allclose(
            getattr(merged.frames, name), getattr(whole.frames, name), atol=1e-4
        )
    np.testing.assert_allclose(merged.probabilities, whole.probabilities, atol=1e-4)
    np.testing.assert_array_equal(merged.sampled, whole.sampled)
    assert merged.frames.crops == whole.frames.crops


def test_the_first_named_face_keeps_its_number(parted, predictor):
    assert [each.face_id for each in merge(parted, [1, 0], predictor.recognizer)] == [1, 2]


def test_two_people_in_view_together_are_not_merged(parted, predictor):
    with pytest.raises(ConfigError, match=r"face 1 and face 3 are in view together at 0\.6 s"):
        merge(parted, [0, 2], predictor.recognizer)


@pytest.mark.parametrize(
    ("face_ids", "words"),
    [([0], "two faces"), ([0, 0], "two faces"), ([0, 7], "no face 8; its faces are 1, 2, 3")],
)
def test_what_cannot_be_merged_is_one_sentence(parted, predictor, face_ids, words):
    with pytest.raises(ConfigError, match=words):
        merge(parted, face_ids, predictor.recognizer)


def test_a_face_is_left_out_and_the_others_keep_their_numbers(parted):
    kept = leave_out(parted, [0])
    assert [each.face_id for each in kept] == [1, 2]
    assert {each.faces_followed for each in kept} == {2}
    with pytest.raises(ConfigError, match="no face 6"):
        leave_out(parted, [5])
    with pytest.raises(ConfigError, match="somebody must stay"):
        leave_out(parted, [0, 1, 2])
