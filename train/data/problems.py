"""Say what is wrong with many clips without burying the reader: how many, and the first few."""

import logging
from collections.abc import Sequence

from core.errors import DataError

logger = logging.getLogger(__name__)

# One mistake in a path makes thousands of clips unusable: ten lines show it.
SHOWN = 10


def shortened(lines: Sequence[str]) -> list[str]:
    """The first lines, and one that says how many more there are."""
    rest = len(lines) - SHOWN
    return [*lines[:SHOWN], *([f"… and {rest} more"] if rest > 0 else [])]


def listed(problems: Sequence[str]) -> str:
    """The first problems as an indented list."""
    return "\n  ".join(shortened(problems))


def in_words(names: Sequence[str]) -> str:
    """The first names in one line, and how many more there are."""
    rest = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def raise_problems(problems: Sequence[str], *, advice: str = "") -> None:
    """Report clips that cannot be used.

    Args:
        problems: One line each, with the file and line that lists the clip.
        advice: What to do about it.

    Raises:
        DataError: There is at least one.
    """
    if problems:
        advice = f" ({advice})" if advice else ""
        raise DataError(f"{len(problems)} clips cannot be used{advice}:\n  {listed(problems)}")


def report_problems(problems: Sequence[str], *, skip_bad: bool) -> None:
    """Say which clips are left out, or refuse to go on without them.

    Args:
        problems: One line each.
        skip_bad: The reader asked to go on.

    Raises:
        DataError: There is at least one, and nobody asked to go on.
    """
    if not skip_bad:
        raise_problems(problems, advice="--skip-bad leaves them out")
    if problems:
        logger.warning("%d clips are left out:\n  %s", len(problems), listed(problems))
