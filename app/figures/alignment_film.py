"""How did the sentences find their places while the model learned?"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from app.figures.alignment_look import axis, layout
from app.figures.alignment_map import sentence_map
from app.figures.style import SURFACES, Mode

if TYPE_CHECKING:
    from core.explain.film import Film

DURATION_MS = 450


def training_film(film: "Film", labels: Sequence[str], *, mode: Mode = "light") -> dict[str, Any]:
    """Draw the map of every scene, with a slider through them.

    Args:
        film: The training; all scenes share one map.
        labels: ``K`` class names.
        mode: Colours for light or dark surfaces.

    Returns:
        A plotly figure with one animation frame per scene.
    """
    scenes = [
        sentence_map([np.asarray(scene.positions, np.float32)], labels, mode=mode)
        for scene in film.scenes
    ]
    names = [scene_name(film, place) for place in range(len(scenes))]
    everything = np.concatenate([np.asarray(scene.positions) for scene in film.scenes])
    figure = scenes[0]
    figure["frames"] = [
        {"name": name, "data": scene["data"]} for name, scene in zip(names, scenes, strict=True)
    ]
    figure["layout"] |= {
        "xaxis": figure["layout"]["xaxis"] | {"range": _room(everything[:, 0])},
        "yaxis": figure["layout"]["yaxis"] | {"range": _room(everything[:, 1])},
        "margin": {"l": 8, "r": 8, "t": 8, "b": 96},
        "sliders": [_slider(names)],
    }
    return figure


def score_curve(film: "Film", *, mode: Mode = "light") -> dict[str, Any]:
    """Draw validation WAR and UAR over the scenes."""
    surface = SURFACES[mode]
    numbers = list(range(len(film.scenes)))
    curves = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": name,
            "x": numbers,
            "y": [getattr(scene, name.lower()) for scene in film.scenes],
            "connectgaps": False,
            "line": {"color": color, "dash": dash, "width": 2},
        }
        for name, color, dash in (
            ("WAR", surface.text, "solid"),
            ("UAR", surface.accent, "6px,3px"),
        )
    ]
    return {
        "data": curves,
        "layout": layout(mode, height=180)
        | {
            "showlegend": True,
            "legend": {"orientation": "h", "y": 1.2},
            "xaxis": axis(mode, "scene", dtick=max(1, len(numbers) // 8)),
            "yaxis": axis(mode, "recall", range=[0, 1], tickformat=".0%"),
        },
    }


def scene_name(film: "Film", place: int) -> str:
    """Return a scene's title with its epoch."""
    scene = film.scenes[place]
    return f"{scene.title}, epoch {scene.epoch}" if scene.epoch else scene.title


def _slider(names: Sequence[str]) -> dict[str, Any]:
    pace = {"frame": {"duration": DURATION_MS}, "transition": {"duration": 300}}
    move = {"mode": "immediate", **pace}
    steps = [{"label": name, "method": "animate", "args": [[name], move]} for name in names]
    return {"active": 0, "steps": steps, "pad": {"t": 16}, "currentvalue": {"prefix": ""}}


def _room(values: Any) -> list[float]:
    low, high = float(np.min(values)), float(np.max(values))
    spare = 0.08 * (high - low or 1.0)
    return [low - spare, high + spare]
