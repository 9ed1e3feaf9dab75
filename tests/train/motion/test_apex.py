"""Which frames of made clips become stills."""

import numpy as np
import pytest

from core.labels import SEVEN
from train.motion.apex import apex_stills
from train.motion.clip_set import ClipSet

NEUTRAL, FEAR = SEVEN.index("neutral"), SEVEN.index("fear")


def clips_of(*rows):
    """Clips of three frames each, given as (kind, course, label, part); frames are numbered."""
    count = len(rows)
    numbers = np.arange(3 * count, dtype=np.uint8)
    kinds, courses, labels, parts = (np.array(column) for column in zip(*rows, strict=True))
    return ClipSet(
        images=np.tile(numbers[:, None, None], (1, 64, 64)),
        lengths=np.full(count, 3),
        labels=labels.astype(np.int64),
        people=np.array([f"person-{i}" for i in range(count)]),
        kinds=kinds,
        courses=courses,
        period_s=np.full(count, 0.04),
        parts=parts,
    )


@pytest.mark.parametrize(
    ("kind", "course", "label", "expected"),
    [
        ("acted", "onset", FEAR, {(0, NEUTRAL), (2, FEAR)}),
        ("acted", "from_apex", FEAR, {(0, FEAR)}),
        ("resting", "resting", NEUTRAL, {(2, NEUTRAL)}),
        ("acted", "whole", FEAR, set()),  # where the apex lies is not recorded
        ("relaxed", "onset", FEAR, set()),  # its apex is a still that training has anyway
    ],
)
def test_frames_and_their_labels(kind, course, label, expected):
    stills = apex_stills(clips_of((kind, course, label, "train")))
    found = zip(stills.images[:, 0, 0].tolist(), stills.labels.tolist(), strict=True)
    assert set(found) == expected
    assert stills.images.shape[1:] == (64, 64)


def test_people_stay_with_their_frames_and_validation_is_left_out():
    stills = apex_stills(
        clips_of(
            ("acted", "onset", FEAR, "train"),
            ("acted", "onset", FEAR, "validation"),
            ("resting", "resting", NEUTRAL, "train"),
        )
    )
    assert list(stills.people) == ["person-0", "person-2", "person-0"]
    assert list(stills.images[:, 0, 0]) == [0, 8, 2]
