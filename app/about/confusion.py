"""Which classes does a checkpoint confuse, in numbers that a page can show?"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

LONGEST_NAME = 120


def score_rows(metrics: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return one row per set of clips that a checkpoint was scored on.

    Args:
        metrics: Contents of ``metrics.json``; each set of clips is an object with ``war`` and
            ``uar``, shares 0-1, and may say in words what its ``set`` is. Anything else is passed
            over.

    Returns:
        Texts for the page: ``name``, ``war``, ``uar`` and ``clips``.
    """
    rows = []
    for name, scores in metrics.items():
        if not isinstance(scores, Mapping) or not all(
            _is_share(scores.get(key)) for key in ("war", "uar")
        ):
            continue
        clips = _matrix(scores.get("confusion"))
        rows.append(
            {
                "name": _set_name(name, scores),
                "war": f"{scores['war']:.1%}",
                "uar": f"{scores['uar']:.1%}",
                "clips": "" if clips is None else f"{int(clips.sum()):,}",
            }
        )
    return rows


def confusion_table(metrics: Mapping[str, Any], labels: Sequence[str]) -> dict[str, Any] | None:
    """Return a confusion matrix as rows of cells, None where there is none to show.

    Args:
        metrics: Contents of ``metrics.json``; the test set's ``confusion`` comes before any
            other: ``K`` rows of ``K`` counts, true classes down, perceived ones across.
        labels: ``K`` class names in model order.

    Returns:
        ``name`` of the set, ``columns`` with the class names, and ``rows``: each with ``label``,
        ``clips``, and per column ``share`` 0-1 of the row, its ``text`` and ``right``.
    """
    sets = [name for name in metrics if isinstance(metrics[name], Mapping)]
    for name in sorted(sets, key=lambda name: name != "test"):
        counts = _matrix(metrics[name].get("confusion"))
        if counts is not None and len(counts) == len(labels):
            rows = [_row(labels, counts, place) for place in range(len(labels))]
            return {"name": _set_name(name, metrics[name]), "columns": list(labels), "rows": rows}
    return None


def _row(labels: Sequence[str], counts: np.ndarray[Any, Any], place: int) -> dict[str, Any]:
    total = counts[place].sum()
    shares = counts[place] / max(total, 1.0)
    cells = [
        {
            "share": round(float(share), 3),
            "text": f"{share:.0%}" if total else "–",
            "column": labels[column],
            "right": column == place,
        }
        for column, share in enumerate(shares)
    ]
    return {"label": labels[place], "clips": f"{int(total):,}", "cells": cells}


def _set_name(name: object, scores: Mapping[str, Any]) -> str:
    """What a set is called: its kind decides what its figures mean."""
    told = scores.get("set")
    if isinstance(told, str) and 0 < len(told) <= LONGEST_NAME:
        return told
    return str(name).replace("_", " ").capitalize()


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and 0 <= value <= 1


def _matrix(value: object) -> np.ndarray[Any, Any] | None:
    """Return a square matrix of counts, or None for anything else that a file may hold."""
    try:
        counts = np.array(value, np.float64)
    except (TypeError, ValueError):
        return None
    square = counts.ndim == 2 and counts.shape[0] == counts.shape[1] > 0
    return counts if square and np.isfinite(counts).all() and (counts >= 0).all() else None
