"""How alike are the learned sentences and the classes?"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.alignment.figures.look import SCALES, SIGNED_SCALES, axis, color_bar, layout
from app.figures.style import SURFACES, Mode

Array = NDArray[np.float32]

CLOSE = 0.95
SQUARE = {"autorange": "reversed", "scaleanchor": "x", "constrain": "domain"}


def class_similarity(
    cosines: Array, labels: Sequence[str], *, mode: Mode = "light"
) -> dict[str, Any]:
    """Draw the cosines of the class vectors with each other.

    Args:
        cosines: ``(K, K)``.
        labels: ``K`` class names.
        mode: Colours for light or dark surfaces.

    Raises:
        ValueError: The arguments disagree on ``K``.
    """
    if cosines.shape != (len(labels), len(labels)):
        raise ValueError(f"cosines {cosines.shape} do not belong to {len(labels)} labels")
    values = [[round(float(value), 3) for value in row] for row in cosines]
    heat = _heat(values, mode) | {
        "x": list(labels),
        "y": list(labels),
        # Two digits would call everything 1.00 where a large common part is shared.
        "texttemplate": "%{z:.3f}" if cosines.min() > CLOSE else "%{z:.2f}",
        "textfont": {"size": 11},
        "hovertemplate": "%{y} and %{x}<br>cosine %{z:.3f}<extra></extra>",
    }
    return {
        "data": [heat],
        "layout": layout(mode, height=380)
        | {
            "margin": {"l": 84, "r": 16, "t": 12, "b": 64},
            "xaxis": axis(mode, "", tickangle=-35, constrain="domain"),
            "yaxis": axis(mode, "", **SQUARE),
        },
    }


def answer_matrix(answers: Array, labels: Sequence[str], *, mode: Mode = "light") -> dict[str, Any]:
    """Draw how the clips of each class answer to every class.

    Args:
        answers: ``(K, K)`` mean cosines, row by true class; NaN where there were no clips.
        labels: ``K`` class names.
        mode: Colours for light or dark surfaces.

    Returns:
        A plotly figure of the differences from each row's mean: what a verdict is made from.

    Raises:
        ValueError: The arguments disagree on ``K``.
    """
    figure = class_similarity(answers, labels, mode=mode)
    (heat,) = figure["data"]
    above = np.round(answers - answers.mean(1, keepdims=True), 3)
    del heat["zmax"]
    heat |= {
        "z": [[None if np.isnan(value) else value for value in row] for row in above.tolist()],
        "zmid": 0,
        "colorscale": SIGNED_SCALES[mode],
        "colorbar": color_bar(mode, "cosine above the row's mean"),
        "texttemplate": "%{z:+.3f}" if np.nanmax(np.abs(above)) < 1 - CLOSE else "%{z:+.2f}",
        "hovertemplate": "%{y} clips, %{x}<br>%{z:+.3f} above their mean<extra></extra>",
    }
    return figure


def sentence_similarity(
    cosines: Array, labels: Sequence[str], *, mode: Mode = "light"
) -> dict[str, Any]:
    """Draw the cosines of all sentences with each other, class by class.

    Args:
        cosines: ``(K·S, K·S)``.
        labels: ``K`` class names.
        mode: Colours for light or dark surfaces.

    Raises:
        ValueError: The arguments disagree on ``K``.
    """
    if len(cosines) % len(labels):
        raise ValueError(f"{len(cosines)} sentences do not belong to {len(labels)} classes")
    each = len(cosines) // len(labels)
    names = [f"{label} {number + 1}" for label in labels for number in range(each)]
    heat = _heat([[round(float(value), 3) for value in row] for row in cosines], mode) | {
        "customdata": [[[one, other] for other in names] for one in names],
        "hovertemplate": "%{customdata[0]} and %{customdata[1]}<br>cosine %{z:.3f}<extra></extra>",
    }
    ticks = {
        "tickvals": [(place + 0.5) * each - 0.5 for place in range(len(labels))],
        "ticktext": list(labels),
    }
    return {
        "data": [heat],
        "layout": layout(mode, height=460)
        | {
            "margin": {"l": 84, "r": 16, "t": 12, "b": 64},
            "xaxis": axis(mode, "", tickangle=-35, constrain="domain", **ticks),
            "yaxis": axis(mode, "", **SQUARE, **ticks),
            "shapes": [
                _divider(place * each - 0.5, way, mode)
                for place in range(1, len(labels))
                for way in ("x", "y")
            ],
        },
    }


def _heat(values: list[list[float]], mode: Mode) -> dict[str, Any]:
    return {
        "type": "heatmap",
        "z": values,
        "zmax": 1,
        "colorscale": SCALES[mode],
        "colorbar": color_bar(mode, "cosine"),
    }


def _divider(place: float, way: str, mode: Mode) -> dict[str, Any]:
    other = "y" if way == "x" else "x"
    return {
        "type": "line",
        f"{way}0": place,
        f"{way}1": place,
        f"{other}ref": "paper",
        f"{other}0": 0,
        f"{other}1": 1,
        "line": {"color": SURFACES[mode].surface, "width": 1.5},
    }
