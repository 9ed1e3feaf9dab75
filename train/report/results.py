"""The page about an evaluation."""

from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from train.report.charts import Axes, Series, line_chart, table
from train.report.page import paragraph, write_page

COLUMNS = {
    "war": "WAR",
    "uar": "UAR",
    "ece": "ECE",
    "shuffled_war_change": "WAR change, frames shuffled",
    "shuffled_uar_change": "UAR change, frames shuffled",
    "reversed_war_change": "WAR change, frames reversed",
    "reversed_uar_change": "UAR change, frames reversed",
}


def write_results_report(path: Path, results: dict[str, Any]) -> None:
    """Write the page.

    Args:
        path: HTML file to write.
        results: Contents of ``metrics.json`` of an evaluation.
    """
    runs = results["runs"]
    elements = [_overview(runs, results["summary"])]
    for run in runs:
        elements.append(paragraph(f"{run['checkpoint']}, fold {run['fold']}", "h2"))
        if run["protocol"] != "honest":
            elements.append(paragraph(f"Protocol of the {run['protocol']}."))
        elements += _figures(run)
    write_page(path, f"Evaluation on {results['data']}", elements)


def _overview(runs: list[dict[str, Any]], summary: dict[str, Any]) -> Element:
    rows = [
        [f"{run['checkpoint']}, fold {run['fold']}", str(run["clips"])]
        + [f"{run[name]:.4f}" for name in COLUMNS]
        for run in runs
    ]
    if len(runs) > 1:
        spread = [
            f"{summary[name]['mean']:.4f} ± {summary[name]['deviation']:.4f}" for name in COLUMNS
        ]
        rows.append(["mean ± sd", "", *spread])
    return table("All runs", ["checkpoint", "clips", *COLUMNS.values()], rows)


def _figures(run: dict[str, Any]) -> list[Element]:
    labels, confusion = run["labels"], run["confusion"]
    shares = [[count / max(sum(row), 1) for count in row] for row in confusion]
    rows = [
        [
            name,
            *map(str, row),
            "–" if run["recalls"][name] is None else f"{run['recalls'][name]:.3f}",
        ]
        for name, row in zip(labels, confusion, strict=True)
    ]
    heat = [[*row, 0.0] for row in shares]
    certain, curve = run["certain"], run["risk_coverage"]
    accuracy = "–" if certain["accuracy"] is None else f"{certain['accuracy']:.3f}"
    bins = [(one["confidence"], one["accuracy"]) for one in run["reliability"]]
    covered = list(zip(curve["coverage"], curve["accuracy"], strict=True))
    latency = run["latency_ms"]
    return [
        table(
            "Confusion: true class by row, predicted by column",
            ["", *labels, "recall"],
            rows,
            heat=heat,
        ),
        paragraph(
            f"Verdicts with a margin of at least {certain['margin']:.2f}: "
            f"{certain['coverage']:.1%} of the clips, {accuracy} of them right. One frame takes "
            f"{latency['encode_frame']:.1f} ms through the image tower, one clip "
            f"{latency['align_clip']:.1f} ms through the rest."
        ),
        line_chart(
            [Series("measured", bins), Series("ideal", [(0.0, 0.0), (1.0, 1.0)])],
            Axes("confidence (0-1)", "accuracy (0-1)", (0.0, 1.0)),
        ),
        line_chart(
            [Series("accuracy", covered)],
            Axes("share of clips answered, most confident first (0-1)", "accuracy (0-1)"),
        ),
    ]
