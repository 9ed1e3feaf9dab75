"""What a reader must know before believing a result, as short marks with a sentence each."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from core.episodes.find import moment_edges

if TYPE_CHECKING:
    from core.prediction import Prediction

Kind = Literal["absent", "several_faces", "uncalibrated", "uncertain", "damaged"]

# Told where the face is out of view, or the story in doubt, for more than this share of the time.
NOTABLE = 0.2


@dataclass(frozen=True)
class Badge:
    """One mark.

    Attributes:
        kind: For programs.
        title: Two or three words.
        text: What it means for this result, as a sentence.
    """

    kind: Kind
    title: str
    text: str

    def to_json(self) -> dict[str, str]:
        """Return the documented form."""
        return asdict(self)


def badges(prediction: "Prediction") -> tuple[Badge, ...]:
    """Every mark that a result needs, the weightiest first."""
    marks = (
        _damaged(prediction),
        _absent(prediction),
        _several_faces(prediction),
        _uncertain(prediction),
        _uncalibrated(prediction),
    )
    return tuple(mark for mark in marks if mark is not None)


def absent_share(prediction: "Prediction") -> float:
    """Share of the video without this face, 0-1."""
    frames = prediction.frames
    seconds = np.diff(moment_edges(frames.times_s, prediction.duration_s))
    return float(seconds[~frames.found].sum() / max(seconds.sum(), 1e-6))


def _damaged(prediction: "Prediction") -> Badge | None:
    frames, missing_s = prediction.damaged_frames, prediction.missing_s
    if not frames and not missing_s:
        return None
    are_gone = {0: "", 1: "1 frame is damaged and left out; "}.get(
        frames, f"{frames} frames are damaged and left out; "
    )
    seconds = f"{missing_s:.1f}" if missing_s >= 0.05 else "less than 0.1"
    return Badge(
        "damaged",
        "Damaged video",
        f"{are_gone}{seconds} s of the video are missing, and the result says nothing about them.",
    )


def _absent(prediction: "Prediction") -> Badge | None:
    share = absent_share(prediction)
    if share <= NOTABLE:
        return None
    percent = f"{share * 100:.0f} %"
    is_alone = prediction.faces_followed == 1
    who = "Nobody" if is_alone else "This face is not"
    text = f"{who} in view for {percent} of the time; the result says nothing about that."
    return Badge("absent", f"{'Nobody' if is_alone else 'Not'} in view: {percent}", text)


def _several_faces(prediction: "Prediction") -> Badge | None:
    count = prediction.faces_followed
    if count < 2:
        return None
    is_main = prediction.face_id == 0
    which = "the largest, longest-seen one" if is_main else f"number {prediction.face_id + 1}"
    text = f"{count} faces were followed; this result is about {which}."
    return Badge("several_faces", f"{count} faces", text)


def _uncertain(prediction: "Prediction") -> Badge | None:
    doubtful_s = sum(
        episode.end_s - episode.start_s for episode in prediction.episodes if not episode.certain
    )
    share = doubtful_s / max(prediction.length_s, 1e-6)
    if not prediction.uncertain and share <= NOTABLE:
        return None
    text = prediction.trust.sentence()
    what = "The verdict" if prediction.uncertain else f"{share * 100:.0f} % of the time"
    return Badge("uncertain", "Uncertain", f"{what} is uncertain: {text}.")


def _uncalibrated(prediction: "Prediction") -> Badge | None:
    if prediction.trust.is_calibrated:
        return None
    return Badge(
        "uncalibrated",
        "Uncalibrated",
        "The probabilities of this model were never checked against how often it is right; 90 % "
        "does not mean nine times in ten.",
    )
