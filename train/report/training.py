"""The page about a training run."""

import json
import math
from pathlib import Path
from typing import Any

from core.results import EpochRecord, read_history
from train.report.charts import Axes, Series, line_chart, table
from train.report.handover import handover_elements
from train.report.layers import layer_elements
from train.report.page import paragraph, write_page


def write_training_report(folder: Path, metrics: dict[str, Any], config: dict[str, Any]) -> None:
    """Write ``report.html``: curves of every epoch, the final figures and the settings.

    Args:
        folder: Run folder with ``history.jsonl``.
        metrics: Contents of ``metrics.json``.
        config: Contents of ``config.json``.
    """
    history = read_history(folder / "history.jsonl")
    epochs = list(enumerate(history, start=1))
    marks = [(number - 1.0, record.stage) for number, record in epochs if record.epoch == 1]
    losses = [Series("training", [(number, record.loss) for number, record in epochs])]
    shares = []
    if any(record.validation for record in history):
        losses.append(Series("validation", _curve(history, "loss")))
        shares = [Series(name.upper(), _curve(history, name)) for name in ("war", "uar")]
    elements = [
        *([paragraph(f"Protocol of the {metrics['protocol']}.")] if "protocol" in metrics else []),
        paragraph("Loss", "h2"),
        line_chart(losses, Axes("epoch", "cross-entropy", marks=marks)),
    ]
    if shares:
        elements += [
            paragraph("Accuracy on the validation part", "h2"),
            line_chart(shares, Axes("epoch", "share of clips (0-1)", (0.0, 1.0), marks)),
        ]
    elements += [
        paragraph("Learning rates", "h2"),
        line_chart(_rates(history), Axes("epoch", "share of the highest (0-1)", (0.0, 1.0), marks)),
    ]
    elements += handover_elements(history) + layer_elements(history)
    elements += [_figures(metrics), paragraph("Settings", "h2")]
    elements.append(paragraph(json.dumps(config, indent=2), "pre"))
    write_page(folder / "report.html", f"Training {folder.name}", elements)


def _curve(history: list[EpochRecord], name: str) -> list[tuple[float, float]]:
    return [
        (number, getattr(record.validation, name))
        for number, record in enumerate(history, start=1)
        if record.validation
    ]


def _rates(history: list[EpochRecord]) -> list[Series]:
    """Each part's rate over the run as a share of its highest: they differ by powers of ten."""
    parts = dict.fromkeys(part for record in history for part in record.rates)
    lines = []
    for part in parts:
        rates = [(n, record.rates.get(part, math.nan)) for n, record in enumerate(history, start=1)]
        highest = max((rate for _, rate in rates if rate > 0), default=1.0)
        points = [(number, rate / highest) for number, rate in rates]
        lines.append(Series(f"{part} {highest:.2g}", points))
    return lines


def _figures(metrics: dict[str, Any]) -> Any:
    rows = [
        [part, *(f"{metrics[part][name]:.4f}" for name in ("war", "uar", "loss"))]
        for part in ("validation", "test")
        if part in metrics
    ]
    return table("Chosen checkpoint", ["part", "WAR", "UAR", "loss"], rows)
