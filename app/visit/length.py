"""How long is a clip, before anybody has looked at it?"""

from pathlib import Path
from typing import TYPE_CHECKING

from app.visit.line import USUAL_LENGTH_S
from core.errors import A3LignError

if TYPE_CHECKING:
    from core.predictor import Predictor


def stated_length(path: Path, predictor: "Predictor") -> float:
    """Return what a clip says about its length [s].

    What it does not say, or cannot, gives ``USUAL_LENGTH_S``: the analysis will tell what is wrong
    with it, and a clip that claims to be shorter than it is only moves up in the line.

    Args:
        path: The clip.
        predictor: What will look at it, and so opens it.
    """
    try:
        with predictor.opener(path, predictor.limits) as source:
            return source.stated_s or USUAL_LENGTH_S
    except A3LignError:
        return USUAL_LENGTH_S
