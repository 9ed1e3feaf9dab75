import itertools

import numpy as np
import pytest

from core.episodes import EpisodeSettings, find_episodes, leading_candidates
from core.episodes.cut import cut
from core.labels import SEVEN
from tests.core.planted import FPS, curve, moments, nobody

MARGIN = 0.3


def found(*parts, margin=MARGIN, settings=None):
    times_s, probabilities, end_s = curve(*parts)
    return find_episodes(
        times_s, probabilities, SEVEN, end_s=end_s, margin=margin, settings=settings
    )


def names(episodes):
    return [episode.name for episode in episodes]


def test_two_expressions_meet_where_they_cross():
    first, second = found(moments(2, sadness=0.8), moments(3, happiness=0.9))
    assert (first.start_s, second.end_s) == (0.0, 5.0)
    assert first.end_s == second.start_s == pytest.approx(2, abs=0.5 / FPS + 1e-9)
    assert (first.expression, second.expression) == ("sadness", "happiness")
    assert first.certain
    assert second.certain
    assert second.probability == pytest.approx(0.9)
    assert (first.first_row, first.past_row, second.past_row) == (0, 30, 75)


def test_a_slow_turn_is_cut_once():
    share = np.linspace(0.9, 0.1, 60)
    turn = np.full((60, 7), 0.0, np.float32)
    turn[:, SEVEN.index("neutral")], turn[:, SEVEN.index("fear")] = share, 1 - share
    episodes = found(moments(1, neutral=0.9), turn, moments(1, fear=0.9))
    assert names(episodes)[0] == "neutral"
    assert names(episodes)[-1] == "fear"
    # Between them the two are too close to call for a while; nothing flickers.
    assert len(episodes) <= 3
    assert all(set(each.candidates) <= {"neutral", "fear"} for each in episodes)


@pytest.mark.parametrize(("spike_s", "count"), [(0.07, 1), (0.2, 1), (0.4, 3), (1.0, 3)])
def test_a_spike_is_an_episode_only_if_it_lasts(spike_s, count):
    episodes = found(moments(2, neutral=0.9), moments(spike_s, fear=0.9), moments(2, neutral=0.9))
    assert len(episodes) == count


def test_no_episode_is_shorter_than_asked_while_the_face_is_in_view():
    random = np.random.default_rng(0).dirichlet(np.full(7, 0.3), 300).astype(np.float32)
    for shortest_s in (0.2, 0.4, 1.0):
        settings = EpisodeSettings(shortest_s=shortest_s, hysteresis_s=0.0)
        episodes = found(random, settings=settings)
        assert min(each.end_s - each.start_s for each in episodes) >= shortest_s - 1e-6
        assert len(episodes) > 5


def test_hysteresis_asks_a_small_lead_to_last():
    def slight(seconds):
        return found(
            moments(2, neutral=0.5, fear=0.1),
            moments(seconds, fear=0.5, neutral=0.4),
            moments(2, neutral=0.5, fear=0.1),
            margin=0.0,
        )

    assert len(slight(1.0)) == 1
    assert len(slight(3.0)) == 3


def test_what_is_certain_leads_by_the_margin_on_average_and_what_is_not_does_not():
    random = np.random.default_rng(1).dirichlet(np.full(7, 0.25), 60)
    probabilities = np.repeat(random, 9, 0).astype(np.float32)
    episodes = found(probabilities)
    kinds = set()
    for each in episodes:
        mean = probabilities[each.first_row : each.past_row].mean(0)
        ordered = np.sort(mean)[::-1]
        kinds.add(min(len(each.candidates), 3))
        assert each.certain == (ordered[0] - ordered[1] >= MARGIN)
        assert each.candidates[0] == SEVEN[mean.argmax()]
        if len(each.candidates) == 2:
            assert ordered[:2].sum() >= 0.5
        if len(each.candidates) > 2:
            assert ordered[:2].sum() < 0.5
    assert kinds >= {1, 2}


def test_two_that_are_close_are_both_named_the_better_first():
    (episode,) = found(moments(3, fear=0.45, surprise=0.4))
    assert not episode.certain
    assert episode.name == "fear or surprise"
    assert episode.probability == pytest.approx(0.45)
    assert episode.to_json() == {
        "start_s": 0.0,
        "end_s": 3.0,
        "expression": "fear",
        "probability": pytest.approx(0.45),
        "certain": False,
        "candidates": ["fear", "surprise"],
    }


def test_doubt_after_certainty_is_an_episode_of_its_own():
    episodes = found(moments(5, neutral=0.9), moments(5, neutral=0.42, sadness=0.4))
    assert names(episodes) == ["neutral", "neutral or sadness"]


def test_expressions_that_take_turns_too_quickly_are_one_doubt():
    turns = [moments(0.2, fear=0.8), moments(0.2, surprise=0.8)] * 12
    assert set(found(*turns)[0].candidates) == {"fear", "surprise"}
    assert len(found(*turns)) == 1


def test_expressions_that_take_turns_slowly_are_all_told():
    turns = [moments(1.5, fear=0.8), moments(1.5, surprise=0.8)] * 3
    assert names(found(*turns)) == ["fear", "surprise"] * 3


def test_a_flat_curve_is_no_expression_rather_than_the_first_class():
    (episode,) = found(moments(4))
    assert episode.name == "no clear expression"
    assert not episode.certain
    assert len(episode.candidates) >= 3


def test_an_exact_tie_is_uncertain_whatever_the_order_of_classes():
    (episode,) = found(moments(2, happiness=0.5, fear=0.5))
    assert set(episode.candidates) == {"happiness", "fear"}


def test_gaps_stay_gaps_and_belong_to_no_episode():
    episodes = found(nobody(1), moments(2, neutral=0.9), nobody(1), moments(2, neutral=0.9))
    assert [(each.start_s, each.end_s) for each in episodes] == [
        (pytest.approx(1, abs=0.04), pytest.approx(3, abs=0.04)),
        (pytest.approx(4, abs=0.04), 6.0),
    ]


def test_a_glimpse_between_gaps_is_an_episode_however_short():
    glimpse = moments(1 / FPS, disgust=0.9)
    (episode,) = found(nobody(1), glimpse, nobody(1))
    assert episode.expression == "disgust"
    assert episode.end_s - episode.start_s == pytest.approx(1 / FPS)


@pytest.mark.parametrize("end_s", [0.0, 0.04])
def test_one_frame_is_one_episode(end_s):
    (episode,) = find_episodes(
        np.zeros(1), moments(1 / FPS, anger=0.9), SEVEN, end_s=end_s, margin=MARGIN
    )
    assert (episode.expression, episode.start_s, episode.end_s) == ("anger", 0.0, end_s)


def test_nobody_is_no_episode():
    assert found(nobody(2)) == ()


def test_real_seconds_count_not_frames():
    """Frames that come slowly last longer: the same curve at a changing rate, the same episodes."""
    times_s = np.concatenate([np.arange(0, 2, 0.02), np.arange(2, 6, 0.2)])
    sad, happy = moments(1 / FPS, sadness=0.9), moments(1 / FPS, happiness=0.9)
    probabilities = np.concatenate([sad if time_s < 3 else happy for time_s in times_s])
    first, second = find_episodes(times_s, probabilities, SEVEN, end_s=6.0, margin=MARGIN)
    assert first.end_s == pytest.approx(3, abs=0.11)
    assert second.end_s == 6.0


def test_ten_minutes_of_noise_are_cut_in_one_pass():
    noise = np.random.default_rng(2).dirichlet(np.full(7, 0.3), 9000).astype(np.float32)
    episodes = found(noise)
    assert episodes[0].start_s == 0
    assert episodes[-1].end_s == 600
    for before, after in itertools.pairwise(episodes):
        assert before.end_s == after.start_s
        assert before.past_row == after.first_row


def test_a_cut_is_the_best_of_all():
    """Against every way to cut ten moments of uneven length."""
    random = np.random.default_rng(3)
    settings = EpisodeSettings(shortest_s=0.25, hysteresis_s=0.08)
    for _ in range(5):
        scores, seconds = random.random((10, 3)), random.uniform(0.05, 0.2, 10)

        def worth(stretches, scores=scores, seconds=seconds):
            gains = [
                (scores[start:stop, state] * seconds[start:stop]).sum()
                for start, stop, state in stretches
            ]
            return sum(gains) - settings.hysteresis_s * (len(stretches) - 1)

        best = -np.inf
        for cuts in itertools.chain.from_iterable(
            itertools.combinations(range(1, 10), count) for count in range(10)
        ):
            edges = [0, *cuts, 10]
            stretches = [
                (start, stop, int((scores[start:stop] * seconds[start:stop, None]).sum(0).argmax()))
                for start, stop in itertools.pairwise(edges)
            ]
            if all(seconds[start:stop].sum() >= 0.25 for start, stop, _ in stretches):
                best = max(best, worth(stretches))
        assert worth(cut(scores, seconds, settings)) == pytest.approx(best)


def test_moments_count_for_the_candidate_that_leads_there():
    parts = moments(1, neutral=0.9), moments(1, fear=0.45, surprise=0.4), nobody(1)
    probabilities = np.concatenate(parts)
    probabilities[20, SEVEN.index("surprise")] = 0.5
    probabilities[3] = moments(1 / FPS, anger=0.9)
    episodes = found(probabilities)
    leading = leading_candidates(episodes, probabilities, SEVEN)
    assert leading[3] == "neutral"  # a spike inside a certain episode
    assert (leading[19], leading[20], leading[40]) == ("fear", "surprise", None)


def test_settings_below_zero_are_refused():
    with pytest.raises(ValueError, match="negative"):
        EpisodeSettings(shortest_s=-1)
