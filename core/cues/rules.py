"""What changes in a face, and when? Sentences from the motion of landmarks, by fixed rules.

Ours: FineCLIPER lets a multimodal language model write such captions.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.cues.measures import MEASURES, Array, upright

# In fewer frames with a face nothing can be said about change.
FEWEST_FRAMES = 3
# A change must be so many times the trembling from frame to frame.
ABOVE_NOISE = 4.0
# A text tower reads 77 tokens: of more changes than these only the stronger are told.
MOST_CHANGES = 6
RAISED = 1.25
# What trembling lengthens least: the part of a movement between these shares of it.
MIDDLE = (0.25, 0.75)
# Up to these multiples of the least change, and above.
SLIGHT, STRONG = 1.6, 3.0
# Words for the moment at which a change begins, by the share of the clip that has passed.
MOMENTS = (
    (0.1, "at the start"),
    (0.4, "early on"),
    (0.6, "from the middle on"),
    (0.85, "late"),
    (1.01, "at the very end"),
)


@dataclass(frozen=True)
class Change:
    """One movement of one part of the face.

    Attributes:
        start_share: When it begins, 0 the first frame and 1 the last.
        end_share: When it is done.
        part: Which part of the face; see ``MEASURES``.
        strength: Multiple of the least change worth a word.
        text: What happens, without the moment.
    """

    start_share: float
    end_share: float
    part: str
    strength: float
    text: str


def describe(track: NDArray[np.float32]) -> str:
    """Say in one or two sentences what a face does in a clip; the same track, the same words.

    Args:
        track: ``(n, 68, 2)`` landmarks of every frame in any unit, y downwards; NaN rows where no
            face was found.

    Returns:
        The caption; empty where too few frames show a face.
    """
    changes = find_changes(track)
    return "" if changes is None else in_words(changes)


def find_changes(track: NDArray[np.float32]) -> list[Change] | None:
    """Find the strongest movements in order of time; None where too few frames show a face."""
    seen = np.flatnonzero(np.isfinite(track).all((1, 2)))
    if len(seen) < FEWEST_FRAMES:
        return None
    face, roll = upright(np.asarray(track[seen], np.float64))
    # Absences are bridged in straight lines; before the first sight and after the last nothing
    # moves.
    frames = np.arange(len(track))
    curves = [np.interp(frames, seen, measure.value(face, roll)) for measure in MEASURES]
    changes, sensitivity = _changes(curves, 1.0), 1.0
    # Dropping single movements would leave a mouth that opens twice and never closes.
    while len(changes) > MOST_CHANGES:
        sensitivity *= RAISED
        changes = _changes(curves, sensitivity)
    return sorted(changes, key=lambda change: change.start_share)


def _changes(curves: list[Array], raised: float) -> list[Change]:
    """Movements larger than a multiple of what is worth a word, measure by measure."""
    changes = []
    for measure, values in zip(MEASURES, curves, strict=True):
        smooth = _smooth(values)
        least = raised * max(measure.least, ABOVE_NOISE * _trembling(values))
        for start, end in swings(smooth, least):
            size = float(smooth[end] - smooth[start])
            strength = abs(size) / measure.least
            first, last = (frame / (len(values) - 1) for frame in _edges(smooth, start, end))
            text = _with_strength(measure.more if size > 0 else measure.less, strength)
            changes.append(Change(first, last, measure.part, strength, text))
    return changes


def in_words(changes: list[Change]) -> str:
    """Join changes, already in order of time, and say which parts stay still."""
    parts = list(dict.fromkeys(measure.part for measure in MEASURES))
    if not changes:
        return "The face stays still."
    moments: dict[str, list[str]] = {}
    for change in changes:
        word = next(word for limit, word in MOMENTS if change.start_share < limit)
        moments.setdefault(word, []).append(change.text)
    told = "; ".join(f"{word} {_listed(texts)}" for word, texts in moments.items())
    sentence = f"{told[0].upper()}{told[1:]}."
    still = [part for part in parts if all(change.part != part for change in changes)]
    if not still:
        return sentence
    verb = "stays" if still in (["mouth"], ["head"]) else "stay"
    return f"{sentence} The {_listed(still)} {verb} still."


def swings(values: Array, least: float) -> list[tuple[int, int]]:
    """Cut a curve into its alternating rises and falls of at least a certain size.

    Args:
        values: ``(n,)`` a smooth curve.
        least: Smaller movements, and smaller pauses in larger ones, are passed over.

    Returns:
        First and last index of each movement, in order.
    """
    found: list[tuple[int, int]] = []
    low = high = pivot = 0
    rising: bool | None = None
    for i, value in enumerate(values.tolist()):
        low = i if value < values[low] else low
        high = i if value > values[high] else high
        turned_down = rising is not False and bool(values[high] - value >= least)
        turned_up = rising is not True and bool(value - values[low] >= least)
        if turned_down or turned_up:
            turn = high if turned_down else low
            if rising is not None:
                found.append((pivot, turn))
            pivot, low, high, rising = turn, i, i, turned_up
    if rising is not None:
        found.append((pivot, high if rising else low))
    return found


def _smooth(values: Array) -> Array:
    """Median of three against outliers, then a mean over about a twelfth of the clip."""
    padded = np.pad(values, 1, mode="edge")
    calm = np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), 0)
    reach = max(1, len(values) // 24)
    window = np.lib.stride_tricks.sliding_window_view(
        np.pad(calm, reach, mode="edge"), 2 * reach + 1
    )
    return np.asarray(window.mean(-1))


def _trembling(values: Array) -> float:
    """Deviation of a curve from itself being straight over three frames; outliers do not count."""
    bends = values[2:] - 2 * values[1:-1] + values[:-2]
    return float(1.48 * np.median(np.abs(bends)) / 6**0.5)


def _edges(values: Array, start: int, end: int) -> tuple[float, float]:
    """Where a movement really begins and ends, by the slope of its middle half."""
    done = (values[start : end + 1] - values[start]) / (values[end] - values[start])
    before = int(np.flatnonzero(done <= MIDDLE[0])[-1])
    after = int(np.flatnonzero(done >= MIDDLE[1])[0])
    if after <= before:  # it hesitates on its way
        return float(start), float(end)
    quarter = float(np.interp(MIDDLE[0], done[before : before + 2], [before, before + 1]))
    rest = float(np.interp(MIDDLE[1], done[after - 1 : after + 1], [after - 1, after]))
    reach = (rest - quarter) / 2
    return start + max(quarter - reach, 0.0), min(start + rest + reach, float(end))


def _with_strength(text: str, strength: float) -> str:
    if strength < SLIGHT:
        return f"{text} slightly"
    return f"{text} strongly" if strength > STRONG else text


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
