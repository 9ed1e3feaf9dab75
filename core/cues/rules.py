"""What changes in a face, and when? Sentences from the motion of landmarks, by fixed rules.

Ours: FineCLIPER lets a multimodal language model write such captions.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.cues.measures import MEASURES, Array, Measure, upright

# In fewer frames with a face nothing can be said about change.
FEWEST_FRAMES = 3
# A change must be so many times the trembling from frame to frame.
ABOVE_NOISE = 4.0
# A text tower reads 77 tokens: of more changes than these, in all and of one measure, only the
# stronger are told. What is worth a word is raised by this factor until few enough are left.
MOST_CHANGES, MOST_OF_ONE = 6, 2
RAISE = 1.25
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


@dataclass(frozen=True)
class Motion:
    """What a face does in a clip.

    Attributes:
        changes: The movements worth telling, in order of time.
        still: The parts that do not move at all.
    """

    changes: list[Change]
    still: list[str]


def describe(track: NDArray[np.float32]) -> str:
    """Say in one or two sentences what a face does in a clip; the same track, the same words.

    Args:
        track: ``(n, 68, 2)`` landmarks of every frame in any unit, y downwards; NaN rows where no
            face was found.

    Returns:
        The caption; empty where too few frames show a face.
    """
    motion = find_motion(track)
    return in_words(motion) if motion else ""


def find_motion(track: NDArray[np.float32]) -> Motion | None:
    """Find the movements of a face; None where too few frames show one. See ``describe``."""
    seen = np.flatnonzero(np.isfinite(track).all((1, 2)))
    if len(seen) < FEWEST_FRAMES:
        return None
    face, roll = upright(np.asarray(track[seen], np.float64))
    # Absences are bridged in straight lines; before the first sight and after the last nothing
    # moves.
    frames = np.arange(len(track))
    curves = [np.interp(frames, seen, measure.value(face, roll)) for measure in MEASURES]
    changes, raised = _all_changes(curves, 1.0), 1.0
    moving = {change.part for change in changes}
    still = list(dict.fromkeys(m.part for m in MEASURES if m.part not in moving))
    while len(changes) > MOST_CHANGES:
        raised *= RAISE
        changes = _all_changes(curves, raised)
    return Motion(sorted(changes, key=lambda change: change.start_share), still)


def in_words(motion: Motion) -> str:
    """Put a motion into a caption."""
    if not motion.changes:
        return "The face stays still."
    moments: dict[str, list[str]] = {}
    for change in motion.changes:
        word = next(word for limit, word in MOMENTS if change.start_share < limit)
        moments.setdefault(word, []).append(change.text)
    told = "; ".join(f"{word} {_listed(texts)}" for word, texts in moments.items())
    sentence = f"{told[0].upper()}{told[1:]}."
    if not motion.still:
        return sentence
    verb = "stays" if motion.still in (["mouth"], ["head"]) else "stay"
    return f"{sentence} The {_listed(motion.still)} {verb} still."


def _all_changes(curves: list[Array], raised: float) -> list[Change]:
    pairs = zip(MEASURES, curves, strict=True)
    return [change for measure, curve in pairs for change in _changes(measure, curve, raised)]


def _changes(measure: Measure, values: Array, raised: float) -> list[Change]:
    """The movements of one measure that exceed a multiple of what is worth a word."""
    smooth = _smooth(values)
    least = raised * max(measure.least, ABOVE_NOISE * _trembling(values))
    changes = []
    for start, end in _largest(smooth, least):
        size = float(smooth[end] - smooth[start])
        strength = abs(size) / measure.least
        first, last = (frame / (len(values) - 1) for frame in _edges(smooth, start, end))
        text = _with_strength(measure.more if size > 0 else measure.less, strength)
        changes.append(Change(first, last, measure.part, strength, text))
    return changes


def _largest(smooth: Array, least: float) -> list[tuple[int, int]]:
    """The swings of a curve, at most ``MOST_OF_ONE``: a restless eyelid shall not hide the rest."""
    found = swings(smooth, least)
    # Dropping single swings would leave a mouth that opens twice and never closes.
    while len(found) > MOST_OF_ONE:
        least *= RAISE
        found = swings(smooth, least) or found[:MOST_OF_ONE]
    return found


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
