"""From a curve of probabilities to episodes, and to what leads at each moment."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from core.episodes.cut import cut
from core.episodes.episode import Episode, EpisodeSettings

# Two candidates are named only if they have at least this much of the probability together.
NAMED_SHARE = 0.5
# Keeps a moment of no length, for instance the only frame of a still, from counting nothing.
LEAST_S = 1e-6


def find_episodes(
    times_s: NDArray[np.float64],
    probabilities: NDArray[np.float32],
    labels: Sequence[str],
    *,
    end_s: float,
    margin: float,
    settings: EpisodeSettings | None = None,
) -> tuple[Episode, ...]:
    """Cut a curve into episodes.

    A moment is described by one expression, by two that are too close to call, or by none that
    stands out. The scores of these descriptions are such that, over any stretch, one expression
    beats the pair of it and the next exactly if its mean lead is at least ``margin``, and a pair
    beats "none" exactly if the two have ``NAMED_SHARE`` of the mean probability. ``cut`` then
    finds the stretches. Frames without a face separate episodes and belong to none.

    Args:
        times_s: ``(N,)`` increasing [s].
        probabilities: ``(N, K)`` over two classes or more; rows of NaN are gaps.
        labels: ``K`` class names.
        end_s: End of the video [s].
        margin: Mean lead from which an expression is certain, 0-1.
        settings: See ``EpisodeSettings``.
    """
    curve = np.asarray(probabilities, np.float64)
    edges_s = moment_edges(times_s, end_s)
    seconds = np.maximum(np.diff(edges_s), LEAST_S)
    pairs = list(combinations(range(len(labels)), 2))
    episodes = []
    for start, stop in _in_view(np.isfinite(curve.sum(1))):
        scores = _scores(curve[start:stop], pairs, margin)
        for first, past, state in cut(scores, seconds[start:stop], settings or EpisodeSettings()):
            rows = slice(start + first, start + past)
            mean = np.average(curve[rows], axis=0, weights=seconds[rows])
            places = _candidates(mean, state, pairs)
            episodes.append(
                Episode(
                    start_s=float(edges_s[rows.start]),
                    end_s=float(edges_s[rows.stop]),
                    first_row=rows.start,
                    past_row=rows.stop,
                    candidates=tuple(labels[place] for place in places),
                    probability=float(mean[places[0]]),
                )
            )
    return tuple(episodes)


def leading_candidates(
    episodes: Sequence[Episode], probabilities: NDArray[np.float32], labels: Sequence[str]
) -> list[str | None]:
    """What each moment counts as: the candidate of its episode that leads there; None in gaps.

    Args:
        episodes: Of the same curve.
        probabilities: ``(N, K)``.
        labels: ``K`` class names.
    """
    leading: list[str | None] = [None] * len(probabilities)
    for episode in episodes:
        places = [labels.index(name) for name in episode.candidates]
        for row in range(episode.first_row, episode.past_row):
            leading[row] = episode.candidates[int(probabilities[row, places].argmax())]
    return leading


def moment_edges(times_s: NDArray[np.float64], end_s: float) -> NDArray[np.float64]:
    """Where the moments of ``N`` frames begin and end: halfway between neighbours [s].

    Args:
        times_s: ``(N,)`` increasing, ``N >= 1`` [s].
        end_s: End of the video [s].

    Returns:
        ``(N + 1,)``, from the first frame to the end of the video.
    """
    middles = (times_s[1:] + times_s[:-1]) / 2
    return np.concatenate([times_s[:1], middles, [max(end_s, float(times_s[-1]))]])


def _in_view(seen: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Rows of each uninterrupted stretch with a face, as (first, past the last)."""
    changes = np.diff(np.concatenate([[False], seen, [False]]).astype(np.int8))
    starts, stops = np.flatnonzero(changes == 1), np.flatnonzero(changes == -1)
    yield from zip(starts.tolist(), stops.tolist(), strict=True)


def _scores(
    curve: NDArray[np.float64], pairs: list[tuple[int, int]], margin: float
) -> NDArray[np.float64]:
    """``(n, K + pairs + 1)``: each class, each two classes, none."""
    first, second = np.array(pairs).T
    two = (curve[:, first] + curve[:, second] + margin) / 2
    none = np.full((len(curve), 1), (NAMED_SHARE + margin) / 2)
    return np.concatenate([curve, two, none], 1)


def _candidates(mean: NDArray[np.float64], state: int, pairs: list[tuple[int, int]]) -> list[int]:
    """Classes that a state stands for, most probable first."""
    if state < len(mean):
        return [state]
    ranked: list[int] = np.argsort(-mean, kind="stable").tolist()
    if state < len(mean) + len(pairs):
        pair = pairs[state - len(mean)]
        return [place for place in ranked if place in pair]
    # As many as it takes to name half of the probability.
    needed = int(np.searchsorted(np.cumsum(mean[ranked]), NAMED_SHARE)) + 1
    return ranked[: max(needed, 3)]
