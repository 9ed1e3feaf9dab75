"""The curves and episodes of a saved result, checked against each other."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.episodes import Episode, moment_edges
from core.prediction import Array, FrameSeries
from core.saved.fields import Fields

# Twice what the longest video gives.
MOST_FRAMES = 20_000
LATEST_S = 1e6
FARTHEST_PX = 1e6
# Heads that go round and round are counted on.
FARTHEST_DEGREES = 1e6
# Cosines and probabilities are rounded when they are written.
ROUNDING, OFF_ONE = 1e-3, 0.02
# Episodes are written in milliseconds.
CLOSE_S = 0.002


def read_curves(result: Fields, labels: Sequence[str]) -> tuple[FrameSeries, list[str]]:
    """Read ``frames``.

    Args:
        result: One face's.
        labels: ``K`` class names.

    Returns:
        The curves, without features and pictures; and in words what they lack because an earlier
        version wrote them: those of single frames are then NaN, the faces upright.

    Raises:
        ResultError: They are no curves.
    """
    frames = result.objects("frames", MOST_FRAMES)
    if not frames:
        result.refuse("should have frames, one or more", [])
    times_s = np.array([frame.number("time_s", 0, LATEST_S) for frame in frames])
    if (np.diff(times_s) <= 0).any():
        result.refuse("should have frames in order of time", times_s.tolist())
    found = np.array(["face" in frame for frame in frames])
    if not found.any():
        result.refuse("should have a face in one frame or more", "none")
    boxes, rolls = _squares(frames, found)
    has_single = any(
        "instant_probabilities" in frames[row] for row in np.flatnonzero(found).tolist()
    )
    lacking = [] if has_single else ["the curves of each frame alone"]
    if not any("roll" in frame for frame in frames):
        lacking.append("how tilted the faces were, so pictures of them are cut upright")
    single = found if has_single else np.zeros_like(found)
    probabilities = _curve(frames, "probabilities", found, labels, 0)
    if (np.abs(probabilities[found].sum(1) - 1) > OFF_ONE).any():
        result.refuse("should have probabilities that add up to one in each frame", "others")
    series = FrameSeries(
        times_s=times_s,
        boxes=boxes,
        rolls=rolls,
        found=found,
        similarities=_curve(frames, "similarities", found, labels, -1),
        probabilities=probabilities,
        instant_similarities=_curve(frames, "instant_similarities", single, labels, -1),
        instant_probabilities=_curve(frames, "instant_probabilities", single, labels, 0),
        features=np.empty((len(frames), 0), np.float32),
        crops=[None] * len(frames),
    )
    return series, lacking


def read_episodes(
    result: Fields, labels: Sequence[str], times_s: NDArray[np.float64], end_s: float
) -> tuple[Episode, ...]:
    """Read ``episodes`` and find their frames again.

    Args:
        result: One face's.
        labels: ``K`` class names.
        times_s: ``(N,)`` of the analysed frames [s].
        end_s: End of what was looked at [s].

    Raises:
        ResultError: They are no episodes, or do not fit the frames.
    """
    edges_s = moment_edges(times_s, end_s)
    episodes: list[Episode] = []
    for given in result.objects("episodes", len(times_s)):
        start_s, stop_s = given.number("start_s", 0), given.number("end_s", 0)
        first, past = (int(np.abs(edges_s - time_s).argmin()) for time_s in (start_s, stop_s))
        before = episodes[-1].past_row if episodes else 0
        past = max(past, first + 1)  # a still has no length
        is_close = max(abs(edges_s[first] - start_s), abs(edges_s[past] - stop_s)) <= CLOSE_S
        if not (before <= first < past <= len(times_s) and is_close):
            given.refuse("should begin and end between frames, after the one before", start_s)
        names = given.items("candidates", len(labels))
        if not names or not all(isinstance(name, str) and name in labels for name in names):
            given.refuse("should have candidates, one class or more", names)
        episodes.append(
            Episode(
                start_s=start_s,
                end_s=stop_s,
                first_row=first,
                past_row=past,
                candidates=tuple(names),
                probability=given.number("probability", 0, 1 + ROUNDING),
            )
        )
    return tuple(episodes)


def _squares(frames: Sequence[Fields], found: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Face squares ``(N, 4)`` [px] and by how much they are turned ``(N,)`` [degrees]."""
    boxes = _rows(frames, "face", found, 4)
    rolls = np.where(found, 0.0, np.nan).astype(np.float32)
    for row in np.flatnonzero(found).tolist():
        frame = frames[row]
        boxes[row] = frame.numbers("face", 4, -FARTHEST_PX, FARTHEST_PX)
        if boxes[row, 2:].min() <= 0:
            frame.refuse("should have face, whose width and height are above 0", boxes[row, 2])
        if "roll" in frame:
            rolls[row] = frame.number("roll", -FARTHEST_DEGREES, FARTHEST_DEGREES)
    return boxes, rolls


def _curve(
    frames: Sequence[Fields],
    name: str,
    found: NDArray[np.bool_],
    labels: Sequence[str],
    low: float,
) -> Array:
    values = _rows(frames, name, found, len(labels))
    for row in np.flatnonzero(found).tolist():
        values[row] = frames[row].of_classes(name, labels, low - ROUNDING, 1 + ROUNDING)
    return values


def _rows(frames: Sequence[Fields], name: str, found: NDArray[np.bool_], width: int) -> Array:
    """``(N, width)`` of NaN; refuses values where there is no face."""
    for row in np.flatnonzero(~found).tolist():
        if name in frames[row] and not name.startswith("instant"):
            frames[row].refuse(f"should have no {name} without a face", frames[row].get(name))
    return np.full((len(frames), width), np.nan, np.float32)
