"""What a run's page says about the step that takes over from the one before."""

from xml.etree.ElementTree import Element

from core.results import EpochRecord
from train.report.charts import table
from train.report.page import paragraph

HEADER = ("epoch", "share of its own verdicts", "WAR", "UAR")


def handover_elements(history: list[EpochRecord]) -> list[Element]:
    """A sentence and a table of the epochs until the step stands alone; nothing without a blend."""
    blended = [place for place, record in enumerate(history) if record.handover < 1]
    if not blended or blended[0] == 0:
        return []
    before, after = history[blended[0] - 1], history[blended[0] : blended[-1] + 2]
    told = f"Step {after[0].stage} takes over from step {before.stage}: their verdicts are blended."
    if before.validation and all(record.validation for record in after):
        lowest = min((r for r in after if r.validation), key=_war)
        told += (
            f" Validation WAR was {_war(before):.3f} before it, and lowest in epoch {lowest.epoch} "
            f"of it: {_war(lowest):.3f}."
        )
    rows = [[f"{before.stage} {before.epoch}", "0%", *_scores(before)]]
    rows += [
        [f"{record.stage} {record.epoch}", f"{record.handover:.0%}", *_scores(record)]
        for record in after
    ]
    return [paragraph("Hand-over", "h2"), paragraph(told), table("Validation", HEADER, rows)]


def _war(record: EpochRecord) -> float:
    return record.validation.war if record.validation else 0.0


def _scores(record: EpochRecord) -> list[str]:
    scores = record.validation
    return [f"{scores.war:.3f}", f"{scores.uar:.3f}"] if scores else ["–", "–"]
