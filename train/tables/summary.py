"""From the figures of single runs to those of a line: per fold, mean, spread, and pooled."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from train.scoring.figures import mean_and_deviation
from train.scoring.metrics import unweighted_average_recall, weighted_average_recall
from train.tables.lines import Line

FIGURES = ("war", "uar")

Run = dict[str, Any]


@dataclass(frozen=True)
class Summary:
    """Figures of one line with one backbone by one protocol; shares are 0-1.

    Attributes:
        line: Which.
        backbone: As it was asked for.
        protocol: How the epoch was chosen.
        folds: Figure to its mean over the seeds in each fold.
        mean: Figure to mean and sample deviation over the folds.
        over_seeds: Figure to the sample deviation over the seeds of the mean over the folds.
        pooled: Figure to mean and sample deviation over the seeds, all folds' verdicts together.
        labels: Class names.
        confusion: Verdicts of all folds and seeds: rows are true classes.
        clips: Test clips of all folds.
        runs: What it is made of.
    """

    line: Line
    backbone: str
    protocol: str
    folds: dict[str, list[float]]
    mean: dict[str, dict[str, float | None]]
    over_seeds: dict[str, float | None]
    pooled: dict[str, dict[str, float | None]]
    labels: list[str]
    confusion: list[list[int]]
    clips: int
    runs: list[Run]


def run_of(line: Line, rows: Sequence[dict[str, Any]], about: dict[str, Any]) -> Run:
    """The figures of a line in the rows of one training.

    Args:
        line: Which step and which order of the frames.
        rows: From ``Ablation.measure``; the last is of the finished training.
        about: Fold, seed and folder of the training.
    """
    row = next((row for row in rows if row["variant"] == line.step), rows[-1])
    prefix = f"{line.order}_" if line.order else ""
    figures = {name: row[prefix + name] for name in (*FIGURES, "confusion")}
    same = ("clips", "labels", "parameters", "seconds")
    return about | figures | {name: row[name] for name in same}


def summarise(line: Line, backbone: str, protocol: str, runs: list[Run]) -> Summary:
    """Put the runs of a line together.

    Args:
        line: Which.
        backbone: As it was asked for.
        protocol: How the epochs were chosen.
        runs: From ``run_of``: every fold with every seed.
    """
    folds = list(dict.fromkeys(run["fold"] for run in runs))
    seeds = list(dict.fromkeys(run["seed"] for run in runs))
    table = {name: _by_fold_and_seed(runs, name, folds, seeds) for name in FIGURES}
    added = [_added(run["confusion"] for run in runs if run["seed"] == seed) for seed in seeds]
    measures = {"war": weighted_average_recall, "uar": unweighted_average_recall}
    return Summary(
        line,
        backbone,
        protocol,
        folds={name: values.mean(1).tolist() for name, values in table.items()},
        mean={name: mean_and_deviation(values.mean(1).tolist()) for name, values in table.items()},
        over_seeds={
            name: mean_and_deviation(values.mean(0).tolist())["deviation"]
            for name, values in table.items()
        },
        pooled={
            name: mean_and_deviation([measure(confusion) for confusion in added])
            for name, measure in measures.items()
        },
        labels=runs[0]["labels"],
        confusion=np.sum(added, axis=0).tolist(),
        clips=sum(run["clips"] for run in runs if run["seed"] == seeds[0]),
        runs=runs,
    )


def _by_fold_and_seed(
    runs: list[Run], name: str, folds: list[str], seeds: list[int]
) -> NDArray[np.float64]:
    values = {(run["fold"], run["seed"]): run[name] for run in runs}
    return np.array([[values[fold, seed] for seed in seeds] for fold in folds], np.float64)


def _added(confusions: Iterable[list[list[int]]]) -> NDArray[np.int64]:
    return np.asarray(np.array(list(confusions), np.int64).sum(0), np.int64)
