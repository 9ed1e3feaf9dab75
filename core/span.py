"""Which part of a clip is looked at?"""

import math
from dataclasses import dataclass

from core.errors import ConfigError


@dataclass(frozen=True)
class Span:
    """From ``start_s`` up to, but not including, ``end_s``, on the clip's own clock [s].

    Raises:
        ConfigError: It begins before the clip, or does not end after it begins.
    """

    start_s: float = 0.0
    end_s: float = math.inf

    def __post_init__(self) -> None:
        if not (0 <= self.start_s < math.inf):
            raise ConfigError(f"a range begins at 0 s or later, got {self.start_s:g} s")
        if not self.end_s > self.start_s:
            raise ConfigError(
                f"a range ends after it begins, got {self.start_s:g} s to {self.end_s:g} s"
            )

    def holds(self, time_s: float) -> bool:
        """Whether a moment lies in it."""
        return self.start_s <= time_s < self.end_s

    @property
    def is_whole(self) -> bool:
        """Whether it leaves nothing out."""
        return self == Span()


WHOLE = Span()
