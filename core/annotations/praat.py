"""Praat TextGrids."""

from collections.abc import Sequence
from pathlib import Path

from core.annotations.marks import Mark, mark_tiers
from core.annotations.tiers import LEAST_S, end_of, make_tiers
from core.prediction import Prediction


def write_textgrid(
    path: Path, predictions: Sequence[Prediction], marks: Sequence[Mark] = ()
) -> None:
    """Write interval tiers; what is between annotations is empty intervals, as Praat wants it.

    Args:
        path: Where to.
        predictions: One per face, of one video.
        marks: A person's own, in order of time.

    Raises:
        OSError: It cannot be written.
    """
    from praatio import textgrid  # only whoever annotates needs it

    end_s = max([end_of(predictions), *(mark.end_s + LEAST_S for mark in marks)])
    grid = textgrid.Textgrid(0, end_s)
    for tier in [*make_tiers(predictions), *mark_tiers(marks)]:
        entries = [(span.start_s, span.end_s, span.text) for span in tier.spans]
        grid.addTier(textgrid.IntervalTier(tier.name, entries, 0, end_s))
    grid.save(str(path), format="long_textgrid", includeBlankSpaces=True)
