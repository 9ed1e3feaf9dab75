"""Which sentence answered to which moment?"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.alignment.figures.look import SCALES, SIGNED_SCALES, axis, color_bar, layout
from app.figures.style import SURFACES, Mode

Array = NDArray[np.float32]

DIGITS = 4


def sentence_heat(
    cosines: Array,
    labels: Sequence[str],
    times_s: NDArray[np.float64],
    *,
    chosen: str | None = None,
    is_sampled: bool = False,
    is_relative: bool = False,
    mode: Mode = "light",
) -> dict[str, Any]:
    """Draw the cosine of each sentence with each moment or sampled frame.

    After the synchronizer all vectors share a large common part, which a verdict never sees:
    relative values leave it out.

    Args:
        cosines: ``(N, K, S)``.
        labels: ``K`` class names.
        times_s: ``(N,)`` times [s].
        chosen: One class, or None for all of them below each other.
        is_sampled: Whether the ``N`` are the frames of the verdict; the columns are then numbered,
            and where ``S`` is ``N`` the diagonal is marked: there sentence and frame share a
            position.
        is_relative: Whether to draw the difference from the mean over all ``K·S`` sentences at the
            same moment; the pointer still brings up the cosine.
        mode: Colours for light or dark surfaces.

    Raises:
        ValueError: The arguments disagree, or ``chosen`` is no label.
    """
    count, classes, sentences = cosines.shape
    if count != len(times_s) or classes != len(labels):
        raise ValueError(
            f"cosines {cosines.shape} do not belong to {len(times_s)} moments and {len(labels)} "
            "labels"
        )
    if chosen is not None and chosen not in labels:
        raise ValueError(f"{chosen!r} is none of {', '.join(labels)}")
    places = range(classes) if chosen is None else [list(labels).index(chosen)]
    rows = _rows(cosines, places)
    shown = _rows(relative(cosines), places) if is_relative else rows
    names = [f"{labels[place]} {number + 1}" for place in places for number in range(sentences)]
    frames = list(range(1, count + 1))
    columns = frames if is_sampled else [round(float(time_s), 3) for time_s in times_s]
    figure = {
        "type": "heatmap",
        "z": shown,
        "x": columns,
        "y": names,
        "customdata": rows,
        **_paint(is_relative, mode),
        "hovertemplate": (
            f"%{{y}}<br>{'frame %{x}' if is_sampled else '%{x} s'}<br>"
            "cosine %{customdata:.3f}<extra></extra>"
        ),
    }
    frame = _layout(labels, places, names, is_sampled, mode)
    alone_and_square = chosen is not None and is_sampled and count == sentences
    frame["shapes"] += [_cell(mode, place) for place in range(count)] if alone_and_square else []
    return {"data": [figure], "layout": frame}


def relative(cosines: Array) -> Array:
    """Difference from the mean over all sentences at the same moment: ``(N, K, S)``."""
    return np.asarray(cosines - cosines.mean((1, 2), keepdims=True), np.float32)


def _rows(cosines: Array, places: Sequence[int]) -> list[list[float]]:
    """Sentences down, moments across."""
    chosen = cosines[:, list(places)]
    flat = chosen.reshape(len(cosines), -1).T
    return [[round(float(value), DIGITS) for value in row] for row in flat]


def _paint(is_relative: bool, mode: Mode) -> dict[str, Any]:
    if not is_relative:
        return {"colorscale": SCALES[mode], "colorbar": color_bar(mode, "cosine")}
    return {
        "colorscale": SIGNED_SCALES[mode],
        "zmid": 0,
        "colorbar": color_bar(mode, "cosine above the average sentence"),
    }


def _layout(
    labels: Sequence[str],
    places: Sequence[int],
    names: Sequence[str],
    is_sampled: bool,
    mode: Mode,
) -> dict[str, Any]:
    alone = len(places) == 1
    each = len(names) // len(places)
    if alone:
        ticks = {"tickvals": names, "ticktext": [str(number + 1) for number in range(each)]}
    else:
        middles = [names[int((place + 0.5) * each)] for place in range(len(places))]
        ticks = {"tickvals": middles, "ticktext": [labels[place] for place in places]}
    title = f"sentence of {labels[places[0]]}" if alone else ""
    frame = layout(mode, height=360 if alone else 560)
    return frame | {
        "margin": frame["margin"] | {"l": 56 if alone else 92},
        "xaxis": axis(mode, "frame of the verdict" if is_sampled else "time [s]"),
        "yaxis": axis(mode, title, autorange="reversed", **ticks),
        "shapes": [_line(mode, place * each - 0.5) for place in range(1, len(places))],
    }


def _line(mode: Mode, height: float) -> dict[str, Any]:
    line = {"color": SURFACES[mode].surface, "width": 3}
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": height,
        "y1": height,
        "line": line,
    }


def _cell(mode: Mode, place: int) -> dict[str, Any]:
    return {
        "type": "rect",
        "x0": place + 0.5,
        "x1": place + 1.5,
        "y0": place - 0.5,
        "y1": place + 0.5,
        "line": {"color": SURFACES[mode].text, "width": 1.5},
    }
