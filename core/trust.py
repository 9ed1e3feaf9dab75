"""How far may the verdicts of a checkpoint be trusted, in numbers that were measured?"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.checkpoint import Checkpoint


@dataclass(frozen=True)
class Trust:
    """What is known about how often a checkpoint is right.

    Attributes:
        margin: Leads below it are called uncertain, 0-1; NaN where a saved result does not say.
        is_calibrated: Whether probabilities and margin were fitted on validation clips.
        wrong_below: Share of the validation verdicts with a smaller lead that were wrong, 0-1;
            None if it was not measured.
        wrong_above: The same for larger leads.
        reads_order: Whether the order of the frames counts.
    """

    margin: float = 0.1
    is_calibrated: bool = False
    wrong_below: float | None = None
    wrong_above: float | None = None
    reads_order: bool = False

    def sentence(self) -> str:
        """Say in plain frequencies what uncertain means."""
        if math.isnan(self.margin):
            return "the saved result does not say which lead it took for certain"
        points = round(self.margin * 100)
        if self.wrong_below is None or self.wrong_above is None:
            return (
                f"a lead below {points} points is called uncertain; how often such a verdict is "
                "wrong has not been measured for this model"
            )
        return (
            f"on validation clips a lead below {points} points was wrong "
            f"{_in_ten(self.wrong_below)}, a larger one {_in_ten(self.wrong_above)}"
        )


def trust_in(checkpoint: "Checkpoint") -> Trust:
    """Read off a checkpoint's settings and measured figures what is known about it."""
    calibration = checkpoint.config.calibration
    below, above = _wrong(checkpoint.card.metrics.get("validation"), calibration.margin)
    return Trust(
        margin=calibration.margin,
        # Nobody fits exactly the values that stand for "not fitted".
        is_calibrated=calibration != type(calibration)(),
        wrong_below=below,
        wrong_above=above,
        reads_order=checkpoint.model.temporal("video") is not None,
    )


def _wrong(figures: Any, margin: float) -> tuple[float | None, float | None]:
    """Shares of wrong verdicts below and above the margin; the file may hold anything."""
    try:
        right, certain = float(figures["war"]), figures["certain"]
        coverage, accuracy = float(certain["coverage"]), float(certain["accuracy"])
        is_same = abs(float(certain["margin"]) - margin) < 1e-3
    except (KeyError, TypeError, ValueError):
        return None, None
    if not is_same or not 0 < coverage < 1:
        return None, None
    right_below = (right - coverage * accuracy) / (1 - coverage)
    return min(max(1 - right_below, 0.0), 1.0), min(max(1 - accuracy, 0.0), 1.0)


def _in_ten(share: float) -> str:
    times = round(share * 10)
    if times == 0:
        return "less than 1 time in 10"
    return f"{times} time{'s' if times > 1 else ''} in 10"
