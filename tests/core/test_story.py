import numpy as np
import pytest

from core.episodes import find_episodes
from core.episodes.sentence import tell
from core.labels import SEVEN
from tests.core.planted import FPS, curve, moments, nobody


def told(*parts, **options):
    times_s, probabilities, end_s = curve(*parts)
    episodes = find_episodes(times_s, probabilities, SEVEN, end_s=end_s, margin=0.3)
    return tell(episodes, end_s=end_s, **options)


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ([("happiness", 3)], "Happiness throughout"),
        ([("neutral", 1), ("happiness", 2)], "Neutral until 1.0 s, then happiness"),
        (
            [("sadness", 6), ("fear", 2), ("surprise", 1.6), ("happiness", 5)],
            "Sadness until 6.0 s, fear until 8.0 s, surprise until 9.6 s, then happiness",
        ),
        ([("happiness", 2), (None, 4)], "Happiness until 2.0 s, then nobody in view"),
        ([(None, 4), ("anger", 2)], "Nobody in view until 4.0 s, then anger"),
        (
            [("fear", 3), (None, 2), ("fear", 3)],
            "Fear until 3.0 s, nobody in view until 5.0 s, then fear",
        ),
        # A head that turns away for a moment is no event.
        ([("fear", 3), (None, 0.6), ("fear", 3)], "Fear throughout"),
        ([("fear", 3), (None, 0.6), ("anger", 3)], "Fear until 3.0 s, anger from 3.6 s"),
        ([("fear", 3), (None, 0.4)], "Fear throughout"),
    ],
)
def test_a_story_is_told_in_order(parts, sentence):
    made = [moments(length, **{name: 0.9}) if name else nobody(length) for name, length in parts]
    assert told(*made) == sentence


def test_doubt_names_both():
    assert told(moments(4, fear=0.45, surprise=0.4)) == "Fear or surprise throughout"
    assert told(moments(3, neutral=0.9), moments(3, fear=0.45, surprise=0.4)) == (
        "Neutral until 3.0 s, then fear or surprise"
    )
    assert told(moments(4)) == "No clear expression throughout"


def test_brief_doubt_reads_like_its_certain_neighbour():
    doubt = moments(1.0, sadness=0.45, happiness=0.4)
    assert told(doubt, moments(10, sadness=0.9)) == "Sadness throughout"
    # Not where neither candidate is around, nor where it is a good part of the clip.
    assert told(doubt, moments(10, anger=0.9)) == "Sadness or happiness until 1.0 s, then anger"
    assert told(doubt, moments(2, sadness=0.9)).startswith("Sadness or happiness until")


def test_many_short_absences_are_not_called_throughout():
    parts = [moments(1.2, happiness=0.9), nobody(0.8)] * 5
    assert told(*parts) == "Happiness whenever the face is in view"


def test_a_long_story_keeps_its_ends_and_longest_parts_and_counts_the_rest():
    turns = [("fear", 1), ("anger", 3), ("fear", 1.2), ("sadness", 4), ("disgust", 1.4),
             ("surprise", 5), ("happiness", 0.8)]  # fmt: skip
    assert told(*[moments(length, **{name: 0.9}) for name, length in turns]) == (
        "Fear until 1.0 s, anger until 4.0 s, sadness from 5.2 s to 9.2 s, surprise from "
        "10.6 s to 15.6 s, then happiness, and 2 shorter episodes"
    )


def test_what_a_dropped_episode_parted_joins():
    smile = moments(0.6, happiness=0.9)
    calm = moments(3, neutral=0.9)
    parts = [calm, smile, calm, moments(2, anger=0.9), calm, smile, calm, moments(2, fear=0.9)]
    assert told(*parts) == (
        "Neutral until 6.6 s, anger until 8.6 s, neutral until 15.2 s, then fear, and 2 shorter "
        "episodes"
    )


def test_ten_minutes_stay_one_bounded_sentence():
    random = np.random.default_rng(0)
    parts = [moments(random.uniform(0.5, 3), **{SEVEN[row % 7]: 0.9}) for row in range(340)]
    sentence = told(*parts)
    assert len(sentence) < 200
    assert sentence.endswith("shorter episodes")
    assert ":" in sentence  # minutes and seconds
    assert " s," not in sentence


def test_a_still_is_called_one():
    assert told(moments(1 / FPS, happiness=0.9), is_still=True) == "Happiness in a still picture"


def test_other_faces_may_be_there_when_this_one_is_not():
    words = told(moments(2, fear=0.9), nobody(2), absent="this face not in view")
    assert words == "Fear until 2.0 s, then this face not in view"
    assert told(nobody(2)) == "Nobody in view"
