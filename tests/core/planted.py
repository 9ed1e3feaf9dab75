"""Curves that say what they are told to, for episodes and everything told of them."""

import numpy as np

from core.labels import SEVEN

FPS = 15


def moments(seconds, **shares):
    """``seconds`` of a constant row: the named shares, what is left spread over the others."""
    count = round(seconds * FPS)
    others = [label for label in SEVEN if label not in shares]
    left = (1 - sum(shares.values())) / len(others)
    row = [shares.get(label, left) for label in SEVEN]
    return np.tile(np.asarray(row, np.float32), (count, 1))


def nobody(seconds):
    """``seconds`` without a face."""
    return np.full((round(seconds * FPS), len(SEVEN)), np.nan, np.float32)


def curve(*parts):
    """Times, probabilities and end of the parts one after the other."""
    probabilities = np.concatenate(parts)
    times_s = np.arange(len(probabilities)) / FPS
    return times_s, probabilities, len(probabilities) / FPS
