"""Where do the sentences of each class lie, and how does a video walk among them?"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.alignment.figures.look import layout
from app.alignment.figures.path import PATHS, VideoPath, moments, points, way_traces, whole_clip
from app.figures.style import SURFACES, ClassStyle, Mode, class_styles

Array = NDArray[np.float32]

BACKGROUND = "validation clips"
SENTENCE_PX, CLASS_PX = 8, 17
# Markers that plotly draws in three dimensions; the others take the nearest of them.
SYMBOLS_3D = {
    "circle": "circle",
    "square": "square",
    "diamond": "diamond",
    "triangle-up": "diamond-open",
    "star": "circle-open",
    "cross": "cross",
    "triangle-down": "square-open",
    "x": "x",
}


def sentence_map(
    texts: Sequence[Array],
    labels: Sequence[str],
    videos: Sequence[VideoPath] = (),
    *,
    background: tuple[Array, Sequence[int]] | None = None,
    mode: Mode = "light",
) -> dict[str, Any]:
    """Draw sentences, class vectors and the paths of videos.

    Args:
        texts: One array per model, the second drawn hollow: ``(K·S + K, d)`` positions of the
            sentences, class by class, then of the classes; ``d`` is 2 or 3.
        labels: ``K`` class names.
        videos: None, one or two.
        background: ``(N, d)`` positions of further clips and their classes.
        mode: Colours for light or dark surfaces.

    Returns:
        A plotly figure: for each model ``K`` traces of sentences and ``K`` of one class vector
        each; for each video its moments and the whole clip; and then, for each video, the way
        between its moments; last the background.

    Raises:
        ValueError: The arguments disagree on ``K`` or ``M``.
    """
    data = []
    for number, text in enumerate(texts):
        data += _model(text, labels, mode, hollow=number > 0)
    for trace in data[len(labels) : 2 * len(labels)]:
        trace["mode"] = "markers+text" if texts[0].shape[1] == 3 else "markers"
    for video, look in zip(videos, PATHS, strict=False):
        if len(video.positions) != len(video.times_s) + 1:
            raise ValueError(
                f"{len(video.positions)} positions for {len(video.times_s)} moments and the clip"
            )
        data += [moments(video, look, mode), whole_clip(video, look, mode)]
    drawn = len(data)
    for video, look in zip(videos, PATHS, strict=False):
        data += way_traces(video, look, mode)
    if background is not None:
        data.append(_background(*background, labels, mode))
    frame = _layout(mode, texts[0].shape[1])
    if texts[0].shape[1] == 2:
        frame["annotations"] = _captions(data[:drawn], len(labels), len(texts), mode)
    return {"data": data, "layout": frame}


def _model(text: Array, labels: Sequence[str], mode: Mode, *, hollow: bool) -> list[dict[str, Any]]:
    classes = len(labels)
    if len(text) % classes or len(text) < 2 * classes:
        raise ValueError(f"{len(text)} text positions do not belong to {classes} classes")
    each = len(text) // classes - 1
    styles = class_styles(labels)
    traces = [
        _sentences(text[place * each :][:each], label, styles[label], mode)
        for place, label in enumerate(labels)
    ] + [
        _class(text[classes * each + place], label, styles[label], mode)
        for place, label in enumerate(labels)
    ]
    for trace in traces if hollow else []:
        trace["marker"]["symbol"] = trace["marker"]["symbol"].removesuffix("-open") + "-open"
    return traces


def _sentences(positions: Array, label: str, style: ClassStyle, mode: Mode) -> dict[str, Any]:
    return points(positions) | {
        "name": label,
        "mode": "markers",
        "marker": {
            "color": style.color(mode),
            "symbol": _symbol(style.symbol, positions.shape[1]),
            "size": SENTENCE_PX if positions.shape[1] == 2 else SENTENCE_PX - 3,
            "opacity": 0.75,
        },
        "text": [f"{label}, sentence {place + 1}" for place in range(len(positions))],
        "hoverinfo": "text",
    }


def _class(position: Array, label: str, style: ClassStyle, mode: Mode) -> dict[str, Any]:
    dimensions = len(position)
    return points(position[None]) | {
        "name": label,
        "mode": "markers",
        "marker": {
            "color": style.color(mode),
            "symbol": _symbol(style.symbol, dimensions),
            "size": CLASS_PX if dimensions == 2 else CLASS_PX - 8,
            "line": {"color": SURFACES[mode].surface, "width": 2},
        },
        "text": [label],
        "textposition": "top center",
        "textfont": {"color": style.color(mode), "size": 13},
        "hovertext": [f"{label}: the class itself"],
        "hoverinfo": "text",
    }


def _background(
    positions: Array, owners: Sequence[int], labels: Sequence[str], mode: Mode
) -> dict[str, Any]:
    styles = class_styles(labels)
    flat = positions.shape[1] == 2
    return (
        points(positions)
        | {
            "name": BACKGROUND,
            "mode": "markers",
            "marker": {
                "color": [styles[labels[owner]].color(mode) for owner in owners],
                "symbol": "x-thin-open" if flat else "x",
                "size": 6 if flat else 2,
                "opacity": 0.55,
            },
            "text": [f"a validation clip of {labels[owner]}" for owner in owners],
            "hoverinfo": "text",
        }
        | ({"zorder": -1} if flat else {})
    )


def _captions(
    data: list[dict[str, Any]], classes: int, models: int, mode: Mode
) -> list[dict[str, Any]]:
    """Names of the first model's classes and of the clips,."""
    named = [(trace, 20) for trace in data[classes : 2 * classes]]
    named += [(trace, -22) for trace in data[2 * classes * models + 1 :: 2]]
    return [
        {
            "x": trace["x"][0],
            "y": trace["y"][0],
            "text": trace["text"][0],
            "yshift": shift_px,
            "showarrow": False,
            "font": trace["textfont"] | {"shadow": _halo(mode)},
        }
        for trace, shift_px in named
    ]


def _halo(mode: Mode) -> str:
    """A CSS shadow that keeps text readable over points."""
    surface = SURFACES[mode].surface
    return ", ".join(f"{x}px {y}px 2px {surface}" for x in (-1, 0, 1) for y in (-1, 0, 1))


def _symbol(symbol: str, dimensions: int) -> str:
    return symbol if dimensions == 2 else SYMBOLS_3D.get(symbol, "circle")


def _layout(mode: Mode, dimensions: int) -> dict[str, Any]:
    # Neither axis of such a map has a unit or a meaning of its own.
    bare = {"visible": False, "showgrid": False, "zeroline": False}
    frame = layout(mode, height=520) | {"margin": {"l": 8, "r": 8, "t": 8, "b": 8}}
    if dimensions == 2:
        return frame | {"xaxis": bare, "yaxis": bare | {"scaleanchor": "x"}, "dragmode": "pan"}
    faint = {
        "title": {"text": ""},
        "showticklabels": False,
        "gridcolor": SURFACES[mode].border,
        "zeroline": False,
        "showbackground": False,
        "showspikes": False,
    }
    return frame | {"scene": {"xaxis": faint, "yaxis": faint, "zaxis": faint}}
