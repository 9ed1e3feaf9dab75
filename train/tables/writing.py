"""A table as Markdown, CSV, JSON and a page."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from train.data.split import PAPER
from train.report.charts import table
from train.report.page import paragraph, write_page
from train.runtime.disk import replacing
from train.runtime.run_folder import write_json
from train.tables.cells import CSV_HEADER, csv_cells, header_of, line_cells
from train.tables.summary import Summary

PROTOCOLS = {
    "honest": "honest: a validation part of the training clips chose epoch and calibration, and "
    "the test fold was looked at once",
    "paper": PAPER,
}


@dataclass(frozen=True)
class Heading:
    """What a table is of.

    Attributes:
        number: Of the paper's table.
        subject: What it compares.
        dataset: Its short name, which published figures are found by.
        about: Facts that a reader needs, name to value: data, backbones, folds, seeds.
    """

    number: int
    subject: str
    dataset: str
    about: dict[str, str]

    @property
    def title(self) -> str:
        """For people."""
        return f"Table {self.number} on {self.dataset}: {self.subject}"


def write_table(folder: Path, heading: Heading, summaries: list[Summary]) -> str:
    """Write ``table-N.md``, ``.csv``, ``.json`` and ``.html``.

    Args:
        folder: Where.
        heading: What it is of.
        summaries: Its lines.

    Returns:
        The Markdown.
    """
    name = f"table-{heading.number}"
    text = _markdown(heading, summaries)
    with replacing(folder / f"{name}.md") as partial:
        partial.write_text(text, encoding="utf-8")
    with (
        replacing(folder / f"{name}.csv") as partial,
        partial.open("w", newline="", encoding="utf-8") as stream,
    ):
        folds = list(dict.fromkeys(run["fold"] for run in summaries[0].runs))
        writer = csv.writer(stream)
        writer.writerow(CSV_HEADER + [f"{f} of fold {n}" for n in folds for f in ("WAR", "UAR")])
        writer.writerows(csv_cells(one, heading.dataset) for one in summaries)
    write_json(folder / f"{name}.json", _plain(heading, summaries))
    _page(folder / f"{name}.html", heading, summaries)
    return text


def _notes(heading: Heading, summaries: list[Summary]) -> list[str]:
    protocols = dict.fromkeys(one.protocol for one in summaries)
    clips = summaries[0].clips
    return [
        *(f"{name}: {value}" for name, value in heading.about.items()),
        *(f"Protocol {PROTOCOLS[protocol]}." for protocol in protocols),
        "Cells are WAR / UAR in per cent. The mean is over folds, with the sample deviation over "
        "folds and, where there are several seeds, of the mean over seeds; pooled are the verdicts "
        f"on all {clips} test clips together. From the number of clips alone one standard error of "
        f"the pooled WAR is at most {100 * 0.5 / clips**0.5:.2f} points.",
    ]


def _markdown(heading: Heading, summaries: list[Summary]) -> str:
    rows = [line_cells(one, summaries, heading.dataset) for one in summaries]
    parts = [f"# {heading.title}", *(f"* {note}" for note in _notes(heading, summaries))]
    lines = [*parts[:1], "", *parts[1:], "", *_lines(header_of(summaries), rows)]
    lines += ["", "## Pooled confusion: true class by row, predicted by column, per cent"]
    for one in summaries:
        lines += ["", f"{one.line.title} ({one.protocol}, {one.backbone})", ""]
        lines += _lines(["", *one.labels], _shares(one))
    return "\n".join(lines) + "\n"


def _lines(header: list[str], rows: list[list[str]]) -> list[str]:
    return [_line(header), _line(["---"] * len(header)), *map(_line, rows)]


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _shares(one: Summary) -> list[list[str]]:
    return [
        [label, *(f"{100 * count / max(sum(row), 1):.1f}" for count in row)]
        for label, row in zip(one.labels, one.confusion, strict=True)
    ]


def _plain(heading: Heading, summaries: list[Summary]) -> dict[str, Any]:
    return {
        "table": heading.number,
        "subject": heading.subject,
        "dataset": heading.dataset,
        "about": heading.about,
        "lines": [
            {
                "title": one.line.title,
                "order": one.line.order,
                "step": one.line.step,
                "method": one.line.config.method,
                "backbone": one.backbone,
                "protocol": PROTOCOLS[one.protocol],
                "folds": one.folds,
                "mean_over_folds": one.mean,
                "deviation_over_seeds": one.over_seeds,
                "pooled": one.pooled,
                "clips": one.clips,
                "labels": one.labels,
                "confusion": one.confusion,
                "runs": one.runs,
            }
            for one in summaries
        ],
    }


def _page(path: Path, heading: Heading, summaries: list[Summary]) -> None:
    rows = [line_cells(one, summaries, heading.dataset) for one in summaries]
    elements = [paragraph(note) for note in _notes(heading, summaries)]
    elements.append(table(heading.subject, header_of(summaries), rows))
    elements.append(paragraph("Pooled confusion", "h2"))
    for one in summaries:
        heat = [[count / max(sum(row), 1) for count in row] for row in one.confusion]
        title = f"{one.line.title} ({one.protocol}, {one.backbone}): true class by row, per cent"
        elements.append(table(title, ["", *one.labels], _shares(one), heat=heat))
    write_page(path, heading.title, elements)
