"""How strength goes with time: onset, apex, offset, and wandering that means nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Facial onsets last a fifth of a second to a second and a half.
ONSET_S = (0.2, 1.5)
OFFSET_S = (0.3, 2.0)
# What a clip shows of an expression's life, with the share of clips.
COURSES = {"onset": 0.5, "whole": 0.25, "from_apex": 0.25}


@dataclass(frozen=True)
class Course:
    """The life of one expression in one clip.

    Attributes:
        kind: What of it the clip shows, one of ``COURSES``.
        onset_at_s: When it begins; before the clip's start where the clip opens at the apex.
        onset_s: How long it takes to the apex.
        offset_at_s: When it begins to fade; infinity for never.
        offset_s: How long it fades.
        bend: Exponent of the rise: above 1 a slow start, below 1 a fast one.
    """

    kind: str
    onset_at_s: float
    onset_s: float
    offset_at_s: float
    offset_s: float
    bend: float

    def strength(self, seconds: Array, delay_s: float = 0.0) -> Array:
        """Strength 0-1 at each time of ``(T,)`` [s], for a muscle that lags by ``delay_s``."""
        rise = smooth_step((seconds - self.onset_at_s - delay_s) / self.onset_s) ** self.bend
        fall = smooth_step((seconds - self.offset_at_s - delay_s) / self.offset_s)
        return np.asarray(rise * (1 - fall))


def draw_course(
    duration_s: float,
    rng: np.random.Generator,
    *,
    kind: str | None = None,
    shares: Mapping[str, float] = COURSES,
) -> Course:
    """Draw when an expression comes and goes in a clip of the given length.

    The apex is always reached: at the latest at 85 % of the clip.

    Args:
        duration_s: Length of the clip [s].
        rng: Source of all randomness.
        kind: One of ``COURSES``; drawn, too, where it is not given.
        shares: How often each of them is drawn, in proportion.
    """
    total = sum(shares.values())
    kind = kind or str(rng.choice(list(shares), p=[share / total for share in shares.values()]))
    onset_s = rng.uniform(*ONSET_S)
    bend = float(np.exp(rng.normal(0, 0.25)))
    if kind == "from_apex":
        fades = rng.random() < 0.5
        offset_at_s = rng.uniform(0.3, 0.8) * duration_s if fades else np.inf
        return Course(kind, -10.0, onset_s, offset_at_s, rng.uniform(*OFFSET_S), bend)
    apex_at_s = rng.uniform(0.25, 0.6 if kind == "whole" else 0.85) * duration_s
    onset_at_s = max(apex_at_s - onset_s, 0.03 * duration_s)
    onset_s = apex_at_s - onset_at_s
    offset_at_s = np.inf
    if kind == "whole":
        offset_at_s = rng.uniform(apex_at_s, (apex_at_s + duration_s) / 2)
    return Course(kind, onset_at_s, onset_s, offset_at_s, rng.uniform(*OFFSET_S), bend)


def smooth_step(x: Array) -> Array:
    """0 below 0, 1 above 1, and the path of least jerk between."""
    x = np.clip(x, 0, 1)
    return np.asarray(x**3 * (10 - 15 * x + 6 * x**2))


def wander(
    seconds: Array, channels: int, rng: np.random.Generator, fastest_hz: float = 1.0
) -> Array:
    """Smooth random motion without a trend: ``(T, channels)``, about unit variance.

    Args:
        seconds: ``(T,)`` times [s].
        channels: Independent curves.
        rng: Source of all randomness.
        fastest_hz: Upper end of the frequencies mixed.
    """
    waves = 5
    rates = rng.uniform(0.05, fastest_hz, (waves, channels)) * 2 * np.pi
    phases = rng.uniform(0, 2 * np.pi, (waves, channels))
    sizes = rng.normal(0, 1, (waves, channels)) * np.sqrt(2 / waves)
    return np.asarray((sizes * np.sin(seconds[:, None, None] * rates + phases)).sum(1))
