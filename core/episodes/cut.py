"""Where is a curve best cut into stretches of one state each?"""

import numpy as np
from numpy.typing import NDArray

from core.episodes.episode import EpisodeSettings

# (first moment, moment after the last, state)
Stretch = tuple[int, int, int]


def cut(
    scores: NDArray[np.float64], seconds: NDArray[np.float64], settings: EpisodeSettings
) -> list[Stretch]:
    """Cut moments into stretches so that their states collect the most.

    Of all ways to cut into stretches of at least ``shortest_s`` this is the one with the largest
    sum of score times seconds, less ``hysteresis_s`` for every change: dynamic programming over
    the place of the last cut, exact, in one pass. Among equals the fewer changes win, then the
    earlier state.

    Args:
        scores: ``(n, S)`` how well each of ``S`` states describes each moment, ``n >= 1``.
        seconds: ``(n,)`` how long each moment lasts, all above 0 [s].
        settings: Shortest stretch and price of a change.

    Returns:
        Stretches in order that cover all moments; a single one where they are shorter than
        ``shortest_s`` together.
    """
    nothing = np.zeros((1, scores.shape[1]))
    collected = np.concatenate([nothing, np.cumsum(scores * seconds[:, None], 0)])
    time_s = np.concatenate([[0.0], np.cumsum(seconds)])
    shortest_s = min(settings.shortest_s, time_s[-1])
    # The latest place where a stretch that ends here may have begun; -1 where there is none.
    latest = np.searchsorted(time_s, time_s - shortest_s + 1e-9, side="right") - 1

    best = np.full(len(time_s), -np.inf)  # the most that can be collected up to each place
    best[0] = 0.0
    state, origin = np.zeros((2, len(time_s)), np.int64)  # of the last stretch of that
    offer = np.full(scores.shape[1], -np.inf)  # best start of a stretch per state, and where
    begun = np.zeros(scores.shape[1], np.int64)
    place = 0
    for end in range(1, len(time_s)):
        while place <= min(latest[end], end - 1):
            entry = best[place] - (settings.hysteresis_s if place else 0.0) - collected[place]
            is_better = entry > offer
            offer[is_better], begun[is_better] = entry[is_better], place
            place += 1
        totals = offer + collected[end]
        state[end] = totals.argmax()
        best[end], origin[end] = totals[state[end]], begun[state[end]]
    return _walk_back(state, origin)


def _walk_back(state: NDArray[np.int64], origin: NDArray[np.int64]) -> list[Stretch]:
    stretches = []
    end = len(state) - 1
    while end > 0:
        stretches.append((int(origin[end]), end, int(state[end])))
        end = int(origin[end])
    return stretches[::-1]
