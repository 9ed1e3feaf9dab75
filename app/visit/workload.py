"""How much work is a clip, before anybody has looked at it?"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import A3LignError
from core.pacing import KEEP_ALL, PER_SECOND
from core.span import WHOLE, Span

if TYPE_CHECKING:
    from core.predictor import Predictor

# Where a clip does not say how long it is.
USUAL_LENGTH_S = 30.0


@dataclass(frozen=True)
class Workload:
    """How much somebody wants to have done.

    Attributes:
        length_s: Length of the clip [s]: it decides about the place.
        frames: Frames to analyse, or other work that takes as long: it decides about the estimate.
    """

    length_s: float = USUAL_LENGTH_S
    frames: float = USUAL_LENGTH_S * PER_SECOND


USUAL = Workload()


def stated_work(path: Path, predictor: "Predictor", span: Span = WHOLE) -> Workload:
    """Return what a clip says about its length, as work for a line.

    What it does not say, or cannot, counts as ``USUAL_LENGTH_S``: the analysis will tell what is
    wrong with it, and a clip that claims to be shorter than it is only moves up in the line.

    Args:
        path: The clip.
        predictor: What will look at it, and so opens it.
        span: The part that is to be looked at.
    """
    stated_s, stated_frames = None, None
    try:
        with predictor.opener(path, predictor.limits) as source:
            stated_s, stated_frames = source.stated_s, source.stated_frames
    except A3LignError:
        pass
    length_s = min(stated_s or USUAL_LENGTH_S, span.end_s)
    frames = max(length_s - span.start_s, 0.0) * PER_SECOND
    if stated_frames is not None and stated_frames <= KEEP_ALL:
        frames = stated_frames  # short clips are looked at whole
    return Workload(length_s, max(frames, 1.0))
