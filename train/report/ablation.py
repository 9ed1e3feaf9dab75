"""The table of an ablation, for people and for a README."""

from pathlib import Path
from typing import Any

from train.report.charts import table
from train.report.page import paragraph, write_page
from train.runtime.disk import replacing

HEADER = (
    "variant",
    "WAR %",
    "UAR %",
    "ECE %",
    "WAR, frames shuffled",
    "UAR, frames shuffled",
    "trained parameters",
    "training",
)

TIMES = ("one clip, features given", "one frame, image tower")


def write_ablation_report(
    folder: Path, summary: list[dict[str, Any]], about: str, *, with_times: bool = False
) -> None:
    """Write ``table.md`` and ``report.html``.

    Args:
        folder: Where.
        summary: From ``train.ablation.run.summarise``.
        about: What was measured, on what.
        with_times: Add how long a clip and a frame take.
    """
    header = ("method", *HEADER[1:], *TIMES) if with_times else HEADER
    rows = [_cells(row) + (_times(row) if with_times else []) for row in summary]
    lines = [about, "", _line(header), _line(["---"] * len(header)), *map(_line, rows)]
    with replacing(folder / "table.md") as partial:
        partial.write_text("\n".join(lines) + "\n", encoding="utf-8")
    write_page(
        folder / "report.html", "Ablation", [paragraph(about), table("Variants", header, rows)]
    )


def _line(cells: Any) -> str:
    return "| " + " | ".join(cells) + " |"


def _cells(row: dict[str, Any]) -> list[str]:
    shares = [_share(row[name], signed=False) for name in ("war", "uar", "ece")]
    changes = [
        _share(row[name], signed=True) for name in ("shuffled_war_change", "shuffled_uar_change")
    ]
    parameters = f"{row['parameters'] / 1e6:.2f} M"
    return [row["variant"], *shares, *changes, parameters, f"{row['seconds']:.0f} s"]


def _times(row: dict[str, Any]) -> list[str]:
    return [f"{row[name]:.2f} ms" for name in ("align_clip_ms", "encode_frame_ms")]


def _share(value: dict[str, float | None], *, signed: bool) -> str:
    mean, deviation = 100 * (value["mean"] or 0.0), value["deviation"]
    text = f"{mean:+.2f}" if signed else f"{mean:.2f}"
    return text if deviation is None else f"{text} ± {100 * deviation:.2f}"
