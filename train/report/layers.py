"""What each layer of a training got: none may stay untrained without being seen."""

from collections.abc import Iterable
from itertools import groupby
from xml.etree.ElementTree import Element

from core.results import EpochRecord
from train.report.charts import Axes, Series, line_chart, table
from train.report.page import paragraph

HEADER = ("layer", "joins in epoch", "epochs at full rate", "of layer 1", "norm at the end")


def layer_elements(history: list[EpochRecord]) -> list[Element]:
    """A table and two charts for each stage that grows layers; nothing where none does."""
    stages = [list(records) for _, records in groupby(history, lambda record: record.stage)]
    shown = [records for records in stages if records[-1].layer_norms]
    if not shown:
        return []
    elements = [
        paragraph("Layers", "h2"),
        paragraph(
            "A new layer is the identity: its output has a norm of 0. One that got little of the "
            "rate and stayed near 0 was not trained, unless nothing was left to learn."
        ),
    ]
    for records in shown:
        elements += [
            table(f"Step {records[0].stage}", HEADER, layer_rows(records)),
            line_chart(
                _lines(record.layer_shares for record in records),
                Axes("epoch", "share of its peak rate (0-1)", (0.0, 1.0)),
            ),
            line_chart(
                _lines(record.layer_norms for record in records),
                Axes("epoch", "norm of the attention output"),
            ),
        ]
    return elements


def layer_rows(records: list[EpochRecord]) -> list[list[str]]:
    """One row for each layer of a stage, from the records of its epochs."""
    per_layer = list(zip(*(record.layer_shares for record in records), strict=True))
    first = sum(per_layer[0])
    return [
        [
            str(layer),
            next((str(epoch) for epoch, share in enumerate(shares, start=1) if share), "never"),
            f"{sum(shares):.2f}",
            f"{sum(shares) / first:.0%}" if first else "–",
            f"{norm:.3f}",
        ]
        for layer, (shares, norm) in enumerate(
            zip(per_layer, records[-1].layer_norms, strict=True), start=1
        )
    ]


def _lines(values: Iterable[tuple[float, ...]]) -> list[Series]:
    """One line for each layer from the values of all layers in each epoch."""
    return [
        Series(f"layer {layer}", list(enumerate(course, start=1)))
        for layer, course in enumerate(zip(*values, strict=True), start=1)
    ]
