"""The verdict on a whole clip in words, and when it may stand above the story."""

from typing import TYPE_CHECKING

import numpy as np

from core.episodes.badges import NOTABLE, absent_share

if TYPE_CHECKING:
    from core.prediction import Prediction

# The clips that the shipped head learned from last 0.3 to 4.6 s (8 to 24 frames, 0.04 to 0.2 s
# apart; train/motion/acting/take.py), and DFEW's 77 frames on average.
TRAINED_UP_TO_S = 5.0


def headline(prediction: "Prediction") -> str:
    """What a result is called: the verdict on a clip as short as those it was trained on.

    The story in time for every longer one, where the face is often out of view, and where the
    verdict names something that the curve does not know.
    """
    known = {name for episode in prediction.episodes for name in episode.candidates}
    is_short = prediction.length_s <= TRAINED_UP_TO_S and not prediction.is_still
    is_short = is_short and absent_share(prediction) <= NOTABLE
    return (
        verdict_title(prediction) if is_short and prediction.label in known else prediction.summary
    )


def verdict_title(prediction: "Prediction") -> str:
    """The verdict alone: "Fear", or "Fear or anger?" where it is uncertain."""
    first, second = ranked_labels(prediction)[:2]
    title = f"{first} or {second}?" if prediction.uncertain else first
    return title[:1].upper() + title[1:]


def perceived(prediction: "Prediction") -> str:
    """The verdict as the beginning of a sentence about it: "Perceived fear"."""
    first, second = ranked_labels(prediction)[:2]
    return (
        f"Perceived {first} or {second}, uncertain"
        if prediction.uncertain
        else f"Perceived {first}"
    )


def verdict_line(prediction: "Prediction") -> str:
    """One sentence on what the verdict is, what it says and by how much."""
    first, second = ranked_labels(prediction)[:2]
    points = round(prediction.margin * 100)
    if prediction.is_still:
        source = "Verdict on one picture"
    else:
        count = len(np.unique(prediction.sampled))
        weight = ", of which the last weigh most" if prediction.trust.reads_order else ""
        frames = f"{count} frames" if count else "frames"
        source = f"Verdict from {frames} spread over the clip{weight}"
    if prediction.uncertain:
        return f"{source}: {first} or {second}, uncertain with a lead of {points} points."
    if not prediction.trust.is_calibrated:
        return f"{source}: {first} before {second}; how far says little, as nobody calibrated it."
    return f"{source}: {first}, {points} points ahead of {second}."


def ranked_labels(prediction: "Prediction") -> list[str]:
    """Class names, most probable in the verdict first."""
    order = np.argsort(-prediction.probabilities, kind="stable")
    return [prediction.labels[place] for place in order]
