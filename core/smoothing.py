"""Steady a curve in time without caring how evenly it was sampled."""

import numpy as np
from numpy.typing import NDArray

# Time constant of the smoothed curves of a finished video, on the screen and in files [s].
CURVE_SMOOTHING_S = 0.4


class Smoother:
    """Exponential moving average over real seconds.

    Args:
        time_constant_s: After this long a step has been followed by 63 %; 0 turns smoothing off.
        reset_after_s: A longer pause starts afresh instead of blending with the past.
    """

    def __init__(self, time_constant_s: float, reset_after_s: float = 1.0) -> None:
        self.time_constant_s = time_constant_s
        self.reset_after_s = reset_after_s
        self._time_s = 0.0
        self._value: NDArray[np.float32] | None = None

    def update(self, time_s: float, value: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the next value and return the smoothed one."""
        elapsed = time_s - self._time_s
        if self._value is None or self.time_constant_s <= 0 or elapsed > self.reset_after_s:
            self._value = value
        else:
            share = 1 - np.exp(-max(elapsed, 0.0) / self.time_constant_s)
            self._value = (self._value + share * (value - self._value)).astype(np.float32)
        self._time_s = time_s
        return self._value

    def reset(self) -> None:
        """Forget the past."""
        self._value = None


def smooth_series(
    times_s: NDArray[np.float64], values: NDArray[np.float32], time_constant_s: float
) -> NDArray[np.float32]:
    """Smooth each column of a finished curve, forwards and backwards, so that it does not lag.

    Args:
        times_s: ``(N,)`` increasing.
        values: ``(N, K)``; rows of NaN are gaps and stay so.
        time_constant_s: See ``Smoother``.
    """
    forwards = _one_way(times_s, values, time_constant_s)
    backwards = _one_way(-times_s[::-1], values[::-1], time_constant_s)[::-1]
    return np.asarray((forwards + backwards) / 2, np.float32)


def _one_way(
    times_s: NDArray[np.float64], values: NDArray[np.float32], time_constant_s: float
) -> NDArray[np.float32]:
    smoother = Smoother(time_constant_s)
    rows = [
        value if np.isnan(value).any() else smoother.update(float(time_s), value)
        for time_s, value in zip(times_s, values, strict=True)
    ]
    return np.stack(rows) if rows else values
