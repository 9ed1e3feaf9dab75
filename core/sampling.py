"""Which T frames of a longer or shorter sequence a clip is made of."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]

# A4: the paper says "consecutive video frames"; the protocol of its peers is TSN's segments.
Sampling = Literal["segments", "consecutive", "windows"]


def segment_centers(count: int, frames: int) -> Rows:
    """Middle of each of ``frames`` equal segments (A4: the test-time rule of TSN).

    Fewer frames than segments are all kept, in order, and the last one is repeated.

    Args:
        count: Length of the sequence, at least 1.
        frames: ``T``.

    Returns:
        ``(T,)`` non-decreasing indices in ``0..count-1``.
    """
    _check(np.array([count]), frames)
    if count < frames:
        return np.minimum(np.arange(frames), count - 1)
    return ((np.arange(frames) + 0.5) * count / frames).astype(np.int64)


def random_rows(
    counts: Rows,
    frames: int,
    generator: np.random.Generator,
    sampling: Sampling = "segments",
    *,
    whole_segments: bool = False,
) -> Rows:
    """Draw frames for training.

    Args:
        counts: ``(B,)`` length of each sequence, at least 1.
        frames: ``T``.
        generator: Source of the randomness.
        sampling: ``segments`` draws one frame from each of ``T`` equal segments, ``consecutive``
            and ``windows`` ``T`` neighbours from a random place.
        whole_segments: Segments have the same whole number of frames, and up to ``T - 1`` at the
            end are never drawn (DFER-CLIP's public code): of 31 frames the first 16.

    Returns:
        ``(B, T)`` non-decreasing indices; short sequences are padded as in ``segment_centers``.
    """
    _check(counts, frames)
    steps = np.arange(frames)
    lengths = counts[:, None]
    if sampling == "segments":
        covered = lengths - lengths % frames if whole_segments else lengths
        edges = (
            np.arange(frames + 1) * covered // frames
        )  # (B, T + 1), so that no frame comes twice
        inside = generator.random((len(counts), frames)) * np.diff(edges)
        long = edges[:, :-1] + inside.astype(np.int64)
    else:
        room = np.maximum(counts - frames + 1, 1)
        long = (generator.random(len(counts)) * room).astype(np.int64)[:, None] + steps
    rows = np.where(lengths < frames, steps, long)
    return np.minimum(rows, lengths - 1)


def verdict_rows(count: int, frames: int, sampling: Sampling = "segments") -> Rows:
    """The frames that a sequence is judged by.

    Args:
        count: Length of the sequence, at least 1.
        frames: ``T``.
        sampling: ``segments`` takes their middles, ``consecutive`` the window in the middle,
            ``windows`` as many windows as cover everything; their logits are to be averaged.

    Returns:
        ``(M, T)`` indices; ``M`` is 1 except for ``windows``.
    """
    if sampling == "segments" or count <= frames:
        return segment_centers(count, frames)[None]
    windows = 1 if sampling == "consecutive" else -(-count // frames)
    last = count - frames
    starts = [last // 2] if windows == 1 else np.linspace(0, last, windows).astype(np.int64)
    return np.asarray(starts, np.int64)[:, None] + np.arange(frames)


def _check(counts: Rows, frames: int) -> None:
    if counts.min(initial=1) < 1:
        raise ValueError(f"cannot sample {frames} frames from {counts.min()}")
