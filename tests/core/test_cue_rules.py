"""Planted motion is named with its moment; a face that rests is called still."""

import cv2
import numpy as np
import open_clip
import pytest

from core.cues.rules import describe, find_motion, swings
from tests.cue_doubles import resting_face

FRAMES = 30


def film(frames=FRAMES, **courses):
    """A track of the hand-made face; each course maps the share of the clip to a movement."""
    shares = np.linspace(0, 1, frames)
    return np.stack(
        [resting_face(**{name: course(s) for name, course in courses.items()}) for s in shares]
    )


def ramp(start, end, size):
    """Rest, then move between two moments, then hold."""
    return lambda share: size * float(np.clip((share - start) / (end - start), 0, 1))


def pulse(start, size, width=0.2):
    """Go there and come back."""
    return lambda share: size * float(np.clip(1 - abs(share - start - width) / width, 0, 1))


def changes_of(track):
    return find_motion(track).changes


@pytest.mark.parametrize(
    ("movement", "size", "said"),
    [
        ("corners_up", 0.05, "the lip corners rise"),
        ("corners_up", -0.05, "the lip corners sink"),
        ("mouth_open", 0.06, "the mouth opens"),
        ("mouth_wide", 0.09, "the mouth widens"),
        ("mouth_wide", -0.09, "the mouth grows narrower"),
        ("brows_up", 0.03, "the brows rise"),
        ("brows_up", -0.03, "the brows sink"),
        ("brows_in", 0.015, "the brows draw together"),
        ("eyes_open", 0.03, "the eyes open wider"),
        ("eyes_open", -0.03, "the eyes narrow"),
    ],
)
def test_a_planted_movement_is_named_and_nothing_else(movement, size, said):
    changes = changes_of(film(**{movement: ramp(0.5, 0.8, size)}))
    assert [change.text.removesuffix(" slightly") for change in changes] == [said]
    assert changes[0].start_share == pytest.approx(0.5, abs=0.08)
    assert changes[0].end_share == pytest.approx(0.8, abs=0.08)


def test_the_caption_of_a_smile():
    caption = describe(film(corners_up=ramp(0.5, 0.8, 0.04)))
    assert caption == (
        "From the middle on the lip corners rise. The brows, eyes and head stay still."
    )


@pytest.mark.parametrize("frames", [3, 8, 60])
def test_a_face_that_rests_is_still(frames):
    assert describe(film(frames)) == "The face stays still."


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("frames", [8, 24, 90])
def test_trembling_landmarks_are_still(frames, seed):
    """Half a pixel of noise on a face of 64 px."""
    noise = np.random.default_rng(seed).normal(size=(frames, 68, 2)) * 0.5 / 64
    assert describe(film(frames) + noise) == "The face stays still."


def test_a_smile_is_found_under_the_same_trembling():
    noise = np.random.default_rng(0).normal(size=(40, 68, 2)) * 0.5 / 64
    caption = describe(film(40, corners_up=ramp(0.45, 0.6, 0.06)) + noise)
    assert caption.startswith("From the middle on the lip corners rise strongly.")


def test_onset_comes_before_offset():
    changes = changes_of(film(mouth_open=pulse(0.2, 0.08)))
    assert [change.text.removesuffix(" strongly") for change in changes] == [
        "the mouth opens",
        "the mouth closes",
    ]
    opening, closing = changes
    assert opening.start_share == pytest.approx(0.2, abs=0.08)
    assert opening.end_share < closing.end_share
    assert closing.end_share == pytest.approx(0.6, abs=0.08)


def test_reversed_in_time_the_words_are_reversed():
    track = film(brows_up=ramp(0.2, 0.4, 0.04), mouth_open=ramp(0.7, 0.9, 0.08))
    assert describe(track) == (
        "Early on the brows rise; late the mouth opens. The eyes and head stay still."
    )
    told = [change.text for change in changes_of(track[::-1])]
    assert told[0].startswith("the mouth closes")
    assert told[1].startswith("the brows sink")


def test_size_is_told():
    def said(size):
        return changes_of(film(mouth_open=ramp(0.3, 0.6, size)))[0].text

    assert [said(size) for size in (0.036, 0.06, 0.12)] == [
        "the mouth opens slightly",
        "the mouth opens",
        "the mouth opens strongly",
    ]


def test_moving_the_head_is_no_expression():
    """Shift, size and tilt of the picture: only the tilt is told."""
    track = film()
    moved = []
    for share, face in zip(np.linspace(0, 1, FRAMES), track, strict=True):
        matrix = cv2.getRotationMatrix2D((0.1, 0.2), 15 * share, 1 + 0.4 * share)
        moved.append(face @ matrix[:, :2].T + matrix[:, 2] + share)
    assert describe(np.stack(moved)) == (
        "At the start the head tilts strongly. The brows, eyes and mouth stay still."
    )


def test_a_mirrored_face_does_the_same():
    track = film(corners_up=ramp(0.2, 0.5, 0.05), brows_up=pulse(0.5, 0.05))
    mirrored = track[:, mirror_rows()] * (-1, 1)
    assert describe(mirrored) == describe(track)


def mirror_rows():
    """For each landmark the one on the other side of the face, read off the resting face."""
    face = resting_face().astype(float)
    distance = np.linalg.norm(face[:, None] - face[None] * (-1, 1), axis=-1)
    groups = [0, 17, 27, 36, 48, 60, 68]
    group = np.digitize(np.arange(68), groups)
    distance[group[:, None] != group[None]] = np.inf
    return distance.argmin(1)


def test_frames_without_a_face_are_bridged():
    track = film(corners_up=ramp(0.5, 0.8, 0.05))
    gappy = track.copy()
    gappy[[0, 7, 8, 17, 29]] = np.nan
    assert describe(gappy) == describe(track)


def test_too_few_frames_have_no_caption():
    track = film(20)
    track[2:] = np.nan
    assert describe(track) == ""
    assert describe(film(2)) == ""


def test_of_many_changes_the_strong_ones_are_told_and_alternate():
    def nod(share):
        return 0.04 * np.sin(share * 20) + 0.1 * (share > 0.5)

    courses = dict.fromkeys(("mouth_open", "corners_up", "brows_up"), nod)
    changes = changes_of(film(120, **courses))
    assert 0 < len(changes) <= 6
    by_part = {}
    for change in changes:
        by_part.setdefault(change.part, []).append(change)
    assert all(change.strength > 2 for change in changes)
    assert describe(film(120, **courses)).count(" rise") <= 4


def test_blinking_hides_no_smile_and_no_part_is_called_still_that_moves():
    blinks = film(90, eyes_open=lambda share: -0.05 * (np.sin(share * 30) > 0.6))
    smile = film(90, corners_up=ramp(0.5, 0.7, 0.03))
    caption = describe(blinks + smile - film(90))
    assert "the lip corners rise" in caption
    assert "the eyes narrow" in caption
    assert caption.endswith("The brows and head stay still.")


def test_what_is_too_much_to_tell_is_not_called_still():
    large = dict.fromkeys(("mouth_open", "corners_up", "mouth_wide"), pulse(0.1, 0.15))
    both = film(60, **large, brows_up=ramp(0.6, 0.9, 0.02))
    motion = find_motion(both)
    assert "brows" not in {change.part for change in motion.changes}
    assert motion.still == ["eyes", "head"]


def test_a_caption_fits_the_text_tower():
    def restless(share):
        return 0.06 * np.sin(share * 17)

    names = ("mouth_open", "corners_up", "brows_up", "mouth_wide", "eyes_open", "brows_in")
    caption = describe(film(100, **dict.fromkeys(names, restless)))
    tokens = open_clip.SimpleTokenizer().encode(caption)
    assert 20 < len(tokens) <= 75


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 0, 0, 0], []),
        ([0, 1, 2, 3], [(0, 3)]),
        ([3, 2, 1, 0], [(0, 3)]),
        ([0, 3, 0], [(0, 1), (1, 2)]),
        ([0, 3, 2.5, 5, 0, 4], [(0, 3), (3, 4), (4, 5)]),
        ([0, 0.4, 0, 0.4, 0], []),
    ],
)
def test_curves_are_cut_where_they_turn(values, expected):
    assert swings(np.array(values, float), 1.0) == expected
