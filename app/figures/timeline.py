"""How the perceived expression moves over the seconds of a clip."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from app.figures.style import SURFACES, Mode, class_styles
from core.smoothing import CURVE_SMOOTHING_S, smooth_series

Quantity = Literal["probability", "cosine"]

AXIS_TITLES: dict[Quantity, str] = {
    "probability": "probability",
    "cosine": "cosine similarity",
}
# Passed to every plotly chart: no logo, and no button that uploads the chart.
PLOT_CONFIG = {"displaylogo": False, "showSendToCloud": False, "displayModeBar": False}

# Fixed, so that the strip of faces under the chart can share its time axis.
MARGIN = {"l": 52, "r": 14, "t": 10, "b": 40}


def timeline(
    times_s: NDArray[np.float64],
    values: NDArray[np.float32],
    labels: Sequence[str],
    *,
    quantity: Quantity = "probability",
    mode: Mode = "light",
) -> dict[str, Any]:
    """Draw one curve per class over real seconds; frames without a face interrupt the curves.

    Args:
        times_s: ``(N,)`` increasing, from the start of the video [s].
        values: ``(N, K)`` probabilities or cosines; NaN in a gap.
        labels: ``K`` class names in model order.
        quantity: What ``values`` are.
        mode: Colours for light or dark surfaces.

    Returns:
        A plotly figure as a dictionary: ``K`` traces named after the classes, and a layout.

    Raises:
        ValueError: The arguments disagree on ``N`` or ``K``.
    """
    if values.shape != (len(times_s), len(labels)):
        raise ValueError(
            f"expected values of shape {(len(times_s), len(labels))}, got {values.shape}"
        )
    styles = class_styles(labels)
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": label,
            "x": [round(float(time_s), 3) for time_s in times_s],
            "y": listed(column),
            "connectgaps": False,
            "line": {"color": styles[label].color(mode), "width": 2, "dash": styles[label].dash},
            # A few markers tell the classes apart without colour; all of them would hide the line.
            "marker": {
                "color": styles[label].color(mode),
                "symbol": styles[label].symbol,
                "size": 7,
                "maxdisplayed": 9,
            },
        }
        for label, column in zip(labels, values.T, strict=True)
    ]
    return {"data": traces, "layout": _layout(quantity, mode)}


def gaps(
    times_s: NDArray[np.float64], found: NDArray[np.bool_], end_s: float
) -> list[tuple[float, float]]:
    """Return the stretches without a face as ``(start, end)`` pairs [s].

    A stretch reaches to the middle between its outer frames and their neighbours.

    Args:
        times_s: ``(N,)`` increasing, at least one [s].
        found: ``(N,)`` whether the frame has the face.
        end_s: End of the video [s].
    """
    edges = [times_s[0], *((times_s[1:] + times_s[:-1]) / 2), max(end_s, times_s[-1])]
    stretches = []
    start: int | None = None
    for row, has_face in enumerate([*found, True]):
        if not has_face and start is None:
            start = row
        elif has_face and start is not None:
            stretches.append((round(float(edges[start]), 3), round(float(edges[row]), 3)))
            start = None
    return stretches


def raw_and_smooth(
    times_s: NDArray[np.float64], values: NDArray[np.float32]
) -> dict[str, list[list[float | None]]]:
    """Return ``K`` lists of ``N`` values, as measured and smoothed over time; None in gaps."""
    smooth = smooth_series(times_s, values, CURVE_SMOOTHING_S)
    return {
        "raw": [listed(column) for column in values.T],
        "smooth": [listed(column) for column in smooth.T],
    }


def listed(values: NDArray[np.float32]) -> list[float | None]:
    """Round to four digits for JSON, which knows no NaN: a gap is None."""
    return [None if np.isnan(value) else round(float(value), 4) for value in values]


def _layout(quantity: Quantity, mode: Mode) -> dict[str, Any]:
    surface = SURFACES[mode]
    axis = {
        "gridcolor": surface.border,
        "linecolor": surface.border,
        "zeroline": False,
        "automargin": False,
        "tickfont": {"size": 12},
    }
    height = {"range": [-0.02, 1.02]} if quantity == "probability" else {}
    return {
        "margin": MARGIN,
        "showlegend": False,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": surface.muted, "size": 13},
        "xaxis": axis | {"title": {"text": "time [s]", "standoff": 6}, "showgrid": False},
        "yaxis": axis | {"title": {"text": AXIS_TITLES[quantity], "standoff": 6}} | height,
    }
