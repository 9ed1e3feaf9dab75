"""Which moments of a clip are explained, and what stands for each?"""

import numpy as np
from numpy.typing import NDArray

from core.curves import window_rows
from core.prediction import Array, Prediction
from core.recognizer import Recognizer

# More points than this say nothing new on a map of a few hundred pixels, and minutes of video
# stay quick.
MOMENTS = 240


def pick_moments(prediction: Prediction, limit: int = MOMENTS) -> NDArray[np.int64]:
    """Rows of ``prediction.frames`` to explain: frames with a face, evenly thinned.

    The frames that the verdict was made from are always among them.

    Returns:
        ``(M,)`` increasing, ``M <= limit + T``.
    """
    rows = np.flatnonzero(prediction.frames.found)
    if len(rows) > limit:
        places = np.linspace(0, len(rows) - 1, limit).round().astype(np.int64)
        rows = np.union1d(rows[places], prediction.sampled)
    return np.asarray(rows, np.int64)


def moment_windows(
    recognizer: Recognizer, prediction: Prediction, rows: NDArray[np.int64]
) -> Array:
    """The clip around each moment, as the windowed curve takes it.

    Args:
        recognizer: Decides how many frames a window has.
        prediction: Holds the features.
        rows: ``(M,)`` of ``prediction.frames``, all with a face.

    Returns:
        ``(M, T, D)`` features in time order.
    """
    frames = prediction.frames
    found = np.flatnonzero(frames.found)
    windows = window_rows(recognizer, frames.times_s[found])[np.searchsorted(found, rows)]
    return np.asarray(frames.features[found[windows]], np.float32)
