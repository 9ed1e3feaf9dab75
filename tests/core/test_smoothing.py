import numpy as np
import pytest

from core.smoothing import Smoother, smooth_series


def test_step_is_followed_by_63_percent_after_one_time_constant():
    smoother = Smoother(0.5)
    smoother.update(0.0, np.zeros(1, np.float32))
    assert smoother.update(0.5, np.ones(1, np.float32))[0] == pytest.approx(1 - np.exp(-1))


def test_rate_of_frames_does_not_matter():
    coarse, fine = Smoother(1.0), Smoother(1.0)
    for smoother in (coarse, fine):
        smoother.update(0.0, np.zeros(1, np.float32))
    for step in range(1, 11):
        last = fine.update(step / 20, np.ones(1, np.float32))
    assert coarse.update(0.5, np.ones(1, np.float32))[0] == pytest.approx(last[0], abs=1e-6)


def test_long_pause_starts_afresh():
    smoother = Smoother(5.0, reset_after_s=1.0)
    smoother.update(0.0, np.zeros(1, np.float32))
    assert smoother.update(2.0, np.ones(1, np.float32))[0] == 1


def test_series_keeps_gaps_and_does_not_lag():
    times_s = np.arange(41) / 10
    bump = np.exp(-((times_s - 2) ** 2) / 0.5)[:, None].astype(np.float32)
    bump[5:8] = np.nan
    smooth = smooth_series(times_s, bump, 0.3)
    assert np.isnan(smooth[5:8]).all()
    assert np.nanargmax(smooth) == 20
    assert np.nanmax(smooth) < np.nanmax(bump)
