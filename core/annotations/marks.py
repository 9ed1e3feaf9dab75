"""What a person marks by hand: a moment or a stretch of time, with a note."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.annotations.tiers import LEAST_S, Span, Tier
from core.errors import ConfigError

TIER = "own marks"
MOST_MARKS, MOST_CHARACTERS = 1000, 500


@dataclass(frozen=True)
class Mark:
    """One mark.

    Attributes:
        start_s: Beginning [s].
        end_s: End [s]; that of a moment is its beginning.
        text: The note.
    """

    start_s: float
    end_s: float
    text: str

    def to_json(self) -> dict[str, Any]:
        """Return plain values, as ``read_marks`` takes them."""
        return {
            "start_s": round(self.start_s, 3),
            "end_s": round(self.end_s, 3),
            "text": self.text,
        }


def read_marks(given: Any) -> list[Mark]:
    """Read marks that came from outside.

    Args:
        given: A list of dictionaries with ``start_s``, ``end_s`` and ``text``.

    Returns:
        In order of time.

    Raises:
        ConfigError: They are too many, or one of them is no mark.
    """
    if not isinstance(given, list) or len(given) > MOST_MARKS:
        raise ConfigError(f"marks must be a list of at most {MOST_MARKS}, got {given!r:.40}")
    return sorted(map(_read, given), key=lambda mark: (mark.start_s, mark.end_s))


def mark_tiers(marks: Sequence[Mark]) -> list[Tier]:
    """Return marks as tiers: the first holds all of them, unless some overlap.

    Args:
        marks: In order of time.
    """
    tiers: list[Tier] = []
    for mark in marks:
        start_s = round(mark.start_s, 3)
        end_s = max(round(mark.end_s, 3), round(start_s + LEAST_S, 3))
        free = (tier for tier in tiers if tier.spans[-1].end_s <= start_s)
        if (tier := next(free, None)) is None:
            tier = Tier(f"{TIER} {len(tiers) + 1}" if tiers else TIER, [])
            tiers.append(tier)
        tier.spans.append(Span(start_s, end_s, mark.text))
    return tiers


def _read(given: Any) -> Mark:
    fields: dict[str, Any] = given if isinstance(given, dict) else {}
    start_s, end_s, text = (
        _seconds(fields, "start_s"),
        _seconds(fields, "end_s"),
        fields.get("text"),
    )
    is_note = isinstance(text, str) and len(text) <= MOST_CHARACTERS
    if not (is_note and 0 <= start_s <= end_s < math.inf):
        raise ConfigError(
            "a mark has start_s, end_s not before it, both in seconds from 0, and a text of at "
            f"most {MOST_CHARACTERS} characters, got {given!r:.60}"
        )
    # Control characters would break the files of other programs.
    return Mark(start_s, end_s, "".join(c if c.isprintable() else " " for c in str(text)))


def _seconds(fields: dict[str, Any], name: str) -> float:
    value = fields.get(name)
    return float(value) if isinstance(value, int | float) else math.nan
