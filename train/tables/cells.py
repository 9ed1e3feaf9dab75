"""The cells of a line, for people and for programs."""

from train.tables.published import published
from train.tables.summary import FIGURES, Summary

CSV_HEADER = [
    *("line", "backbone", "protocol", "folds", "seeds", "clips"),
    *(
        f"{name} {figure}"
        for name in ("mean", "deviation over folds", "deviation over seeds", "pooled", "published")
        for figure in ("WAR", "UAR")
    ),
]


def header_of(summaries: list[Summary]) -> list[str]:
    """Titles of the columns of a table for people."""
    folds = list(dict.fromkeys(run["fold"] for run in summaries[0].runs))
    seeds = ["± over seeds"] if _has_seeds(summaries) else []
    change = ["change"] if _has_orders(summaries) else []
    return [
        *("line", "backbone", "protocol"),
        *(f"fold {name}" for name in folds),
        *("mean ± over folds", *seeds, *change, "pooled", "published"),
    ]


def line_cells(one: Summary, summaries: list[Summary], dataset: str) -> list[str]:
    """The cells of a line below ``header_of``."""
    folds = [_pair(*values) for values in zip(*(one.folds[name] for name in FIGURES), strict=True)]
    mean = " / ".join(_with_deviation(one.mean[name]) for name in FIGURES)
    cells = [one.line.title, one.backbone, one.protocol, *folds, mean]
    if _has_seeds(summaries):
        cells.append(" / ".join(_number(one.over_seeds[name]) for name in FIGURES))
    if _has_orders(summaries):
        cells.append(_change(one, summaries))
    pooled = " / ".join(_with_deviation(one.pooled[name]) for name in FIGURES)
    said = published(dataset, one.line.key)
    return [*cells, pooled, f"{said[0]:.2f} / {said[1]:.2f}" if said else "–"]


def csv_cells(one: Summary, dataset: str) -> list[str]:
    """The cells of a line below ``CSV_HEADER`` and the figures of each fold; per cent."""
    said = published(dataset, one.line.key) or ("", "")
    seeds = len({run["seed"] for run in one.runs})
    values = [
        *(_plain(one.mean[name]["mean"]) for name in FIGURES),
        *(_plain(one.mean[name]["deviation"]) for name in FIGURES),
        *(_plain(one.over_seeds[name]) for name in FIGURES),
        *(_plain(one.pooled[name]["mean"]) for name in FIGURES),
        *(str(value) for value in said),
        *(
            _plain(value)
            for pair in zip(*(one.folds[name] for name in FIGURES), strict=True)
            for value in pair
        ),
    ]
    counts = [str(len(one.folds["war"])), str(seeds), str(one.clips)]
    return [one.line.title, one.backbone, one.protocol, *counts, *values]


def _has_seeds(summaries: list[Summary]) -> bool:
    return len({run["seed"] for run in summaries[0].runs}) > 1


def _has_orders(summaries: list[Summary]) -> bool:
    return any(one.line.order for one in summaries)


def _change(one: Summary, summaries: list[Summary]) -> str:
    """Against the same training with its frames in order."""
    if not one.line.order:
        return "–"
    usual = next(
        other
        for other in summaries
        if not other.line.order
        and (other.line.config, other.backbone, other.protocol)
        == (one.line.config, one.backbone, one.protocol)
    )
    changes = ((one.mean[name]["mean"] or 0) - (usual.mean[name]["mean"] or 0) for name in FIGURES)
    return " / ".join(f"{100 * change:+.2f}" for change in changes)


def _pair(war: float, uar: float) -> str:
    return f"{100 * war:.2f} / {100 * uar:.2f}"


def _with_deviation(value: dict[str, float | None]) -> str:
    mean, deviation = value["mean"], value["deviation"]
    return _number(mean) + (f" ± {_number(deviation)}" if deviation is not None else "")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.2f}"


def _plain(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.4f}"
