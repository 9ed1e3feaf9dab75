"""Where do the sentences of each class lie, and how does a video walk among them?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.alignment.figures.look import TIME_SCALES, layout
from app.figures.style import SURFACES, ClassStyle, Mode, class_styles

Array = NDArray[np.float32]

SENTENCE_PX, CLASS_PX, MOMENT_PX, CLIP_PX = 8, 17, 7, 20
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


# How the first and the second video of a comparison look.
PATHS = (("solid", "circle", "star"), ("5px,4px", "diamond", "hexagram"))


@dataclass(frozen=True)
class VideoPath:
    """A video on a map.

    Attributes:
        name: Of the clip.
        positions: ``(M + 1, d)`` of its moments and of the whole clip.
        times_s: ``(M,)`` times of the moments [s].
        hover: ``M + 1`` texts; by default name and time.
    """

    name: str
    positions: Array
    times_s: NDArray[np.float64]
    hover: Sequence[str] = ()

    def texts(self) -> list[str]:
        """What the pointer brings up, one text per position."""
        if self.hover:
            return list(self.hover)
        return [*(f"{self.name}, {time_s:.2f} s" for time_s in self.times_s), self.name]


def sentence_map(
    texts: Sequence[Array],
    labels: Sequence[str],
    videos: Sequence[VideoPath] = (),
    *,
    mode: Mode = "light",
) -> dict[str, Any]:
    """Draw sentences, class vectors and the paths of videos.

    Args:
        texts: One array per model, the second drawn hollow: ``(K·S + K, d)`` positions of the
            sentences, class by class, then of the classes; ``d`` is 2 or 3.
        labels: ``K`` class names.
        videos: None, one or two.
        mode: Colours for light or dark surfaces.

    Returns:
        A plotly figure: for each model ``K`` traces of sentences and ``K`` of one class vector
        each; for each video its path and the whole clip.

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
        data += [_path(video, look, mode), _clip(video, look, mode)]
    frame = _layout(mode, texts[0].shape[1])
    if texts[0].shape[1] == 2:
        frame["annotations"] = _captions(data, len(labels), len(texts), mode)
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
    return _points(positions) | {
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
    return _points(position[None]) | {
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


def _path(video: VideoPath, look: tuple[str, str, str], mode: Mode) -> dict[str, Any]:
    flat = video.positions.shape[1] == 2
    dash = look[0] if flat or look[0] == "solid" else "dash"
    return _points(video.positions[:-1]) | {
        "name": video.name,
        "mode": "lines+markers",
        "line": {"color": SURFACES[mode].muted, "width": 1.2 if flat else 2, "dash": dash},
        "marker": {
            "color": [round(float(time_s), 3) for time_s in video.times_s],
            "colorscale": TIME_SCALES[mode],
            "symbol": look[1],
            "size": MOMENT_PX if flat else MOMENT_PX - 3,
            "line": {"color": SURFACES[mode].surface, "width": 1},
        },
        "text": video.texts()[:-1],
        "hoverinfo": "text",
    }


def _clip(video: VideoPath, look: tuple[str, str, str], mode: Mode) -> dict[str, Any]:
    flat = video.positions.shape[1] == 2
    return _points(video.positions[-1:]) | {
        "name": f"{video.name}: whole clip",
        "mode": "markers" if flat else "markers+text",
        "marker": {
            "color": SURFACES[mode].text,
            "symbol": look[2] if flat else "diamond",
            "size": CLIP_PX if flat else CLIP_PX - 10,
            "line": {"color": SURFACES[mode].surface, "width": 2},
        },
        "text": [video.name],
        "textposition": "bottom center",
        "textfont": {"color": SURFACES[mode].text, "size": 13},
        "hovertext": video.texts()[-1:],
        "hoverinfo": "text",
    }


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


def _points(positions: Array) -> dict[str, Any]:
    """Coordinates of ``(n, d)`` positions and the kind of trace that draws them."""
    names = ("x", "y", "z")[: positions.shape[1]]
    columns = {
        name: [round(float(value), 4) for value in column]
        for name, column in zip(names, positions.T, strict=True)
    }
    return {"type": "scatter" if len(names) == 2 else "scatter3d", **columns}


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
