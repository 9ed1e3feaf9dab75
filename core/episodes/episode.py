"""A stretch of time with one perceived expression."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class EpisodeSettings:
    """How readily a curve is cut into episodes; read off real clips, see assets/docs/episodes.md.

    Attributes:
        shortest_s: No episode is shorter, unless the face is in view for less [s]. Each moment of
            the curve answers for the 0.4 s around it, so nothing shorter can be told apart.
        hysteresis_s: What a change of expression must gain over staying, in seconds of full
            probability: a lead of 0.25 has to last 0.4 s, and a brief expression, which needs a
            change there and one back, twice as long. Half of it makes every syllable of a talking
            face an episode, twice as much swallows short smiles.
    """

    shortest_s: float = 0.4
    hysteresis_s: float = 0.1

    def __post_init__(self) -> None:
        if self.shortest_s < 0 or self.hysteresis_s < 0:
            raise ValueError(f"episode settings cannot be negative, got {self}")


@dataclass(frozen=True)
class Episode:
    """One perceived expression from a beginning to an end.

    Attributes:
        start_s: Beginning, halfway to the analysed frame before [s].
        end_s: End, halfway to the analysed frame after, or the end of the video [s].
        first_row: First row of the curve.
        past_row: Row after the last one.
        candidates: Most probable first. One expression if its mean lead reaches the checkpoint's
            margin; two if it does not; three or more if even two have less than half of the
            probability, so that no expression stands out.
        probability: Mean probability of the first candidate over the episode, 0-1.
    """

    start_s: float
    end_s: float
    first_row: int
    past_row: int
    candidates: tuple[str, ...]
    probability: float

    @property
    def expression(self) -> str:
        """The most probable candidate."""
        return self.candidates[0]

    @property
    def certain(self) -> bool:
        """Whether there is one candidate only."""
        return len(self.candidates) == 1

    @property
    def name(self) -> str:
        """What it is called: an expression, two that it may be, or that none stands out."""
        return name_of(self.candidates)

    def to_json(self) -> dict[str, Any]:
        """Return the documented form."""
        return {
            "start_s": round(self.start_s, 3),
            "end_s": round(self.end_s, 3),
            "expression": self.expression,
            "probability": round(self.probability, 6),
            "certain": self.certain,
            "candidates": list(self.candidates),
        }


def name_of(candidates: tuple[str, ...]) -> str:
    """The words for one, two or more expressions that it may be."""
    return " or ".join(candidates) if len(candidates) <= 2 else "no clear expression"
