"""What does the page want of the frame that it sends?"""

import math
from dataclasses import dataclass
from typing import Any

from core.errors import ConfigError

SMOOTHING_S = (0.0, 3.0)
WINDOW_S = (0.5, 5.0)
MAX_TIME_S = 86_400.0
MAX_FACE = 1_000_000


@dataclass(frozen=True)
class FrameSettings:
    """What the page sends along with a frame.

    Attributes:
        time_s: When it was taken, on the page's clock [s].
        smoothing_s: Time constant of the smoothed curve [s].
        window_s: How far back the model looks [s].
        face: Number of the face to follow; None leaves the choice to the session.
    """

    time_s: float
    smoothing_s: float
    window_s: float
    face: int | None = None

    @classmethod
    def from_query(cls, query: Any) -> "FrameSettings":
        """Read the settings from a request's query.

        Raises:
            ConfigError: One is missing, no number, or out of range.
        """
        return cls(
            _number(query, "time_s", 0.0, MAX_TIME_S),
            _number(query, "smoothing_s", *SMOOTHING_S),
            _number(query, "window_s", *WINDOW_S),
            int(_number(query, "face", 0, MAX_FACE)) if query.get("face") else None,
        )


def _number(query: Any, name: str, lowest: float, highest: float) -> float:
    text = query.get(name, "")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not lowest <= value <= highest:
        raise ConfigError(f"{name} must be a number from {lowest:g} to {highest:g}, got {text!r}")
    return value
