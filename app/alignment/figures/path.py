"""How does a clip walk over a map? Coloured by time, with arrows where it goes far."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.alignment.figures.look import TIME_SCALES, time_color
from app.figures.style import SURFACES, Mode

Array = NDArray[np.float32]
Look = tuple[str, str, str]

MOMENT_PX, CLIP_PX, ARROW_PX = 7, 20, 11
# A line has one colour: the way is drawn as this many lines, and this many arrows lie along it.
STRETCHES = 16
ARROWS = 12
# How the first and the second video of a comparison look: line, moments, whole clip.
PATHS: tuple[Look, ...] = (("solid", "circle", "star"), ("5px,4px", "diamond", "hexagram"))


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


def moments(video: VideoPath, look: Look, mode: Mode) -> dict[str, Any]:
    """Draw the moments, coloured by time, with what the colours mean for the first video."""
    flat = video.positions.shape[1] == 2
    return points(video.positions[:-1]) | {
        "name": video.name,
        "mode": "markers",
        "marker": {
            "color": [round(float(time_s), 3) for time_s in video.times_s],
            "colorscale": TIME_SCALES[mode],
            "symbol": look[1],
            "size": MOMENT_PX if flat else MOMENT_PX - 3,
            "line": {"color": SURFACES[mode].surface, "width": 1},
            "showscale": look is PATHS[0] and len(video.times_s) > 1,
            "colorbar": _time_bar(mode),
        },
        "text": video.texts()[:-1],
        "hoverinfo": "text",
    }


def whole_clip(video: VideoPath, look: Look, mode: Mode) -> dict[str, Any]:
    """Draw where the clip as a whole lies."""
    flat = video.positions.shape[1] == 2
    return points(video.positions[-1:]) | {
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


def way_traces(video: VideoPath, look: Look, mode: Mode) -> list[dict[str, Any]]:
    """Draw the way from moment to moment; nothing of it answers to the pointer."""
    positions = video.positions[:-1]
    steps = len(positions) - 1
    if steps < 1:
        return []
    flat = positions.shape[1] == 2
    ends = np.unique(np.linspace(0, steps, min(STRETCHES, steps) + 1).round().astype(int))
    traces = []
    for start, end in itertools.pairwise(ends):
        color = time_color(mode, float(start + end) / 2 / steps)
        dash = look[0] if flat or look[0] == "solid" else "dash"
        line = {"color": color, "width": 1.8 if flat else 3, "dash": dash}
        traces.append(_silent(positions[start : end + 1], "lines", flat) | {"line": line})
    return [*traces, _arrows(positions, mode)]


def points(positions: Array) -> dict[str, Any]:
    """Coordinates of ``(n, d)`` positions and the kind of trace that draws them."""
    names = ("x", "y", "z")[: positions.shape[1]]
    columns = {
        name: [round(float(value), 4) for value in column]
        for name, column in zip(names, positions.T, strict=True)
    }
    return {"type": "scatter" if len(names) == 2 else "scatter3d", **columns}


def arrow_rows(positions: Array) -> NDArray[np.int64]:
    """Moments that the arrows point at: evenly along the way, so most where it goes far.

    The first two axes decide, so that a map that turns in the page has the same arrows as its flat
    figure.
    """
    lengths = np.linalg.norm(np.diff(positions[:, :2], axis=0), axis=1)
    along = np.cumsum(lengths)
    if along[-1] == 0:
        return np.empty(0, np.int64)
    wanted = (np.arange(ARROWS) + 0.5) / ARROWS * along[-1]
    rows = np.unique(np.minimum(np.searchsorted(along, wanted), len(lengths) - 1)) + 1
    return np.asarray(rows, np.int64)


def _arrows(positions: Array, mode: Mode) -> dict[str, Any]:
    """Arrow heads, each after a point without size that it points away from.

    plotly has no arrows in three dimensions; crosses mark the same moments there.
    """
    flat = positions.shape[1] == 2
    rows = arrow_rows(positions)
    pairs = np.stack([rows - 1, rows], 1).ravel()
    colors = [time_color(mode, float(row) / (len(positions) - 1)) for row in pairs]
    head = {"symbol": "arrow", "angleref": "previous"} if flat else {"symbol": "cross"}
    return _silent(positions[pairs], "markers", flat) | {
        "marker": head
        | {
            "size": [0, ARROW_PX if flat else ARROW_PX - 7] * len(rows),
            "color": colors,
            "line": {"color": SURFACES[mode].surface, "width": 1},
        }
    }


def _silent(positions: Array, drawn: str, flat: bool) -> dict[str, Any]:
    below = {"zorder": -1} if flat and drawn == "lines" else {}
    return points(positions) | {"name": "way", "mode": drawn, "hoverinfo": "skip"} | below


def _time_bar(mode: Mode) -> dict[str, Any]:
    return {
        "orientation": "h",
        "title": {"text": "time [s]", "side": "top", "font": {"size": 12}},
        "thickness": 8,
        "len": 0.3,
        "x": 1,
        "xanchor": "right",
        "y": 0,
        "yanchor": "bottom",
        "outlinewidth": 0,
        "nticks": 4,
        "tickfont": {"color": SURFACES[mode].muted, "size": 12},
    }
