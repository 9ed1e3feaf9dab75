"""Which T frames of a longer or shorter sequence a clip is made of."""

import numpy as np
from numpy.typing import NDArray


def segment_centers(count: int, frames: int) -> NDArray[np.int64]:
    """Middle of each of ``frames`` equal segments (A4: the test-time rule of TSN).

    Fewer frames than segments are all kept, in order, and the last one is repeated.

    Args:
        count: Length of the sequence, at least 1.
        frames: ``T``.

    Returns:
        ``(T,)`` non-decreasing indices in ``0..count-1``.
    """
    if count < 1:
        raise ValueError(f"cannot sample {frames} frames from {count}")
    if count < frames:
        return np.minimum(np.arange(frames), count - 1)
    return ((np.arange(frames) + 0.5) * count / frames).astype(np.int64)
