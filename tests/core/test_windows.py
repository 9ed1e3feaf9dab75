"""Which frames the windowed curve looks at around each moment."""

import numpy as np
import pytest

from core.curves import window_rows


class EveryFrame:
    """Picks all frames of a window, padded so that windows stack."""

    def pick(self, count):
        return np.pad(np.arange(count), (0, 32 - count), mode="edge")


@pytest.mark.parametrize("fps", [5, 10, 20, 25, 30, 50])
@pytest.mark.parametrize("start_s", [0.0, 0.1, 1 / 3, 1234.56])
def test_a_neighbour_on_the_edge_counts_however_its_time_was_rounded(fps, start_s):
    times_s = start_s + np.arange(80) / fps
    reach = int(0.2 * fps + 1e-9)
    rows = window_rows(EveryFrame(), times_s)
    for frame in range(reach, len(times_s) - reach):
        assert rows[frame].min() == frame - reach
        assert rows[frame].max() == frame + reach
