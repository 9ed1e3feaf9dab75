"""How did the sentences find their places while the model learned?"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from app.alignment.figures.family import class_similarity
from app.alignment.figures.look import axis, layout
from app.alignment.figures.map import sentence_map
from app.figures.style import SURFACES, Mode

if TYPE_CHECKING:
    from core.explain.film import Film, Scene

DURATION_MS = 450
HEIGHT_PX = 600
# Where the map, the matrix and the scores lie, as shares of the width and height.
LEFT, RIGHT = [0, 0.54], [0.68, 1]
TOP, BOTTOM = [0.46, 1], [0, 0.26]
NOW_PX = 10
# What the axis of the scores shows at least, as a share of recall.
LEAST_RECALL = 0.1


def training_film(
    film: "Film", labels: Sequence[str], *, is_aligned: bool = False, mode: Mode = "light"
) -> dict[str, Any]:
    """Draw map, class similarities and scores of every scene, with a slider through them.

    Args:
        film: The training; all scenes share one map.
        labels: ``K`` class names.
        is_aligned: Whether to show the space after the synchronizer; for films that kept it.
        mode: Colours for light or dark surfaces.

    Returns:
        A plotly figure with one animation frame per scene; it stands on the last one.
    """
    places = range(len(film.scenes))
    maps = [_map(scene, labels, is_aligned, mode) for scene in film.scenes]
    frames: list[dict[str, Any]] = [
        {
            "name": scene_name(film, place),
            "data": [
                *maps[place]["data"],
                _matrix(film.scenes[place], labels, is_aligned, mode),
                *_scores(film, place, mode),
            ],
            "layout": {"annotations": maps[place]["layout"]["annotations"]},
        }
        for place in places
    ]
    everything = np.concatenate([_positions(scene, is_aligned) for scene in film.scenes])
    bare = maps[-1]["layout"]["xaxis"]
    small = {"tickfont": {"size": 11}}
    figure_layout = layout(mode, height=HEIGHT_PX) | {
        "margin": {"l": 8, "r": 16, "t": 12, "b": 110},
        "annotations": frames[-1]["layout"]["annotations"],
        "xaxis": bare | {"range": _room(everything[:, 0]), "domain": LEFT},
        "yaxis": bare | {"range": _room(everything[:, 1])},
        "xaxis2": axis(mode, "", domain=RIGHT, anchor="y2", tickangle=-35, **small),
        "yaxis2": axis(mode, "", domain=TOP, anchor="x2", autorange="reversed", **small),
        "xaxis3": axis(mode, "scene", domain=RIGHT, anchor="y3", **small),
        "yaxis3": _recall_axis(film, mode) | {"domain": BOTTOM, "anchor": "x3", **small},
        "sliders": [_slider([frame["name"] for frame in frames])],
    }
    return {"data": frames[-1]["data"], "layout": figure_layout, "frames": frames}


def score_curve(film: "Film", *, mode: Mode = "light") -> dict[str, Any]:
    """Draw validation WAR and UAR over the scenes."""
    return {
        "data": _curves(film, mode),
        "layout": layout(mode, height=180)
        | {
            "showlegend": True,
            "legend": {"orientation": "h", "y": 1.2},
            "xaxis": axis(
                mode,
                "scene",
                dtick=-(-len(film.scenes) // 8),
                range=[-0.5, len(film.scenes) - 0.5],
            ),
            "yaxis": _recall_axis(film, mode),
        },
    }


def scene_name(film: "Film", place: int) -> str:
    """Return a scene's title with its epoch."""
    scene = film.scenes[place]
    return f"{scene.title}, epoch {scene.epoch}" if scene.epoch else scene.title


def _positions(scene: "Scene", is_aligned: bool) -> Any:
    return np.asarray(scene.aligned if is_aligned else scene.positions, np.float32)


def _map(scene: "Scene", labels: Sequence[str], is_aligned: bool, mode: Mode) -> dict[str, Any]:
    return sentence_map([_positions(scene, is_aligned)], labels, mode=mode)


def _matrix(scene: "Scene", labels: Sequence[str], is_aligned: bool, mode: Mode) -> dict[str, Any]:
    cosines = scene.classes if is_aligned else scene.mean_sentences or scene.classes
    (heat,) = class_similarity(np.asarray(cosines, np.float32), labels, mode=mode)["data"]
    return {**heat, "xaxis": "x2", "yaxis": "y2", "showscale": False, "textfont": {"size": 9}}


def _scores(film: "Film", place: int, mode: Mode) -> list[dict[str, Any]]:
    """Both curves, and where the film stands on them."""
    scene = film.scenes[place]
    now = {
        "type": "scatter",
        "mode": "markers",
        "x": [place, place],
        "y": [scene.war, scene.uar],
        "marker": {"size": NOW_PX, "color": SURFACES[mode].text},
        "hoverinfo": "skip",
    }
    return [{**trace, "xaxis": "x3", "yaxis": "y3"} for trace in [*_curves(film, mode), now]]


def _curves(film: "Film", mode: Mode) -> list[dict[str, Any]]:
    surface = SURFACES[mode]
    return [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": name,
            "x": list(range(len(film.scenes))),
            "y": [getattr(scene, name.lower()) for scene in film.scenes],
            "connectgaps": False,
            "line": {"color": color, "dash": dash, "width": 2},
        }
        for name, color, dash in (
            ("WAR", surface.text, "solid"),
            ("UAR", surface.accent, "6px,3px"),
        )
    ]


def _recall_axis(film: "Film", mode: Mode) -> dict[str, Any]:
    """An axis about the values: from 0 to 100 % a training that ends well is a flat line."""
    found = [value for scene in film.scenes for value in (scene.war, scene.uar)]
    values = [value for value in found if value is not None] or [0.0, 1.0]
    low, high = min(values), max(values)
    spare = max((LEAST_RECALL - (high - low)) / 2, 0.1 * (high - low))
    limits = [max(low - spare, 0.0), min(high + spare, 1.0)]
    return axis(mode, "recall", range=limits, tickformat=".0%", nticks=5)


def _slider(names: Sequence[str]) -> dict[str, Any]:
    pace = {"frame": {"duration": DURATION_MS}, "transition": {"duration": 300}}
    move = {"mode": "immediate", **pace}
    steps = [{"label": name, "method": "animate", "args": [[name], move]} for name in names]
    last = len(names) - 1
    return {
        "active": last,
        "steps": steps,
        "pad": {"t": 40, "l": 72, "r": 72},
        "currentvalue": {"prefix": ""},
    }


def _room(values: Any) -> list[float]:
    low, high = float(np.min(values)), float(np.max(values))
    spare = 0.08 * (high - low or 1.0)
    return [low - spare, high + spare]
