"""How did training move the sentences, on paper? The ends of its steps beside each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from app.alignment.figures.family import class_similarity
from app.alignment.figures.look import axis, layout
from app.alignment.figures.map import sentence_map
from app.figures.style import SURFACES, Mode

if TYPE_CHECKING:
    from core.explain.film import Film, Scene

HEIGHT_PX = 520
GAP = 0.03
MAPS, MATRICES = [0.5, 0.9], [0.06, 0.4]
SENTENCE_PX, CLASS_PX = 4, 10


def film_strip(
    film: "Film", labels: Sequence[str], *, is_aligned: bool = False, mode: Mode = "light"
) -> dict[str, Any]:
    """Draw the start and the end of each training step: map above, class similarities below.

    Args:
        film: The training.
        labels: ``K`` class names.
        is_aligned: Whether to show the space after the synchronizer; for films that kept it.
        mode: Colours for light or dark surfaces.
    """
    scenes = step_ends(film)
    width = (1 - GAP * (len(scenes) - 1)) / len(scenes)
    columns = [
        _Column(number + 1, scene, (width + GAP) * number, width, is_aligned, mode)
        for number, scene in enumerate(scenes)
    ]
    everything = np.concatenate([_positions(scene, is_aligned) for scene in film.scenes])
    frame = layout(mode, height=HEIGHT_PX) | {
        "margin": {"l": 72, "r": 12, "t": 8, "b": 56},
        "annotations": [_title(column) for column in columns],
    }
    data = []
    for column in columns:
        data += [*_map(column, labels), _matrix(column, labels, len(scenes))]
        frame |= _map_axes(column, everything) | _matrix_axes(column, len(scenes))
    return {"data": data, "layout": frame}


def step_ends(film: "Film") -> list["Scene"]:
    """The first scene and the last one of each step."""
    following = [*film.scenes[1:], None]
    ends = [
        scene
        for scene, after in zip(film.scenes, following, strict=True)
        if after is None or after.stage != scene.stage
    ]
    return ends if film.scenes[0] in ends else [film.scenes[0], *ends]


def _positions(scene: "Scene", is_aligned: bool) -> Any:
    return np.asarray(scene.aligned if is_aligned else scene.positions, np.float32)


def _map(column: "_Column", labels: Sequence[str]) -> list[dict[str, Any]]:
    positions = _positions(column.scene, column.is_aligned)
    traces = sentence_map([positions], labels, mode=column.mode)["data"]
    for index, trace in enumerate(traces):
        trace["marker"]["size"] = SENTENCE_PX if index < len(labels) else CLASS_PX
        trace |= {"xaxis": f"x{column.number}", "yaxis": f"y{column.number}"}
    return list(traces)


def _map_axes(column: "_Column", everything: Any) -> dict[str, Any]:
    room = 0.06 * np.ptp(everything, axis=0)
    ranges = np.stack([everything.min(0) - room, everything.max(0) + room], axis=1).tolist()
    number = column.number
    return {
        f"xaxis{number}": {
            "visible": False, "domain": column.domain, "anchor": f"y{number}", "range": ranges[0]
        },
        f"yaxis{number}": {
            "visible": False, "domain": MAPS, "anchor": f"x{number}", "range": ranges[1]
        },
    }  # fmt: skip


def _matrix(column: "_Column", labels: Sequence[str], count: int) -> dict[str, Any]:
    number = column.number + count
    (heat,) = class_similarity(column.cosines, labels, mode=column.mode)["data"]
    del heat["texttemplate"]
    own = {"xaxis": f"x{number}", "yaxis": f"y{number}", "zmin": float(column.cosines.min())}
    return {**heat, **own, "showscale": False}


def _matrix_axes(column: "_Column", count: int) -> dict[str, Any]:
    number, mode = column.number + count, column.mode
    least = f"{column.cosines.min():.3f} to 1"
    bare = {"tickfont": {"size": 10}, "ticks": ""}
    return {
        f"xaxis{number}": axis(
            mode, least, domain=column.domain, anchor=f"y{number}", showticklabels=False, **bare
        ),
        f"yaxis{number}": axis(
            mode, "", domain=MATRICES, anchor=f"x{number}", autorange="reversed",
            showticklabels=column.number == 1, **bare,
        ),
    }  # fmt: skip


def _title(column: "_Column") -> dict[str, Any]:
    scene = column.scene
    scores = "" if scene.war is None else f"WAR {scene.war:.0%}, UAR {scene.uar:.0%}"
    epochs = "" if not scene.epoch else f", epoch {scene.epoch}"
    name, _, rest = scene.title.partition(": ")
    return {
        "x": sum(column.domain) / 2,
        "y": 1,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "center",
        "yanchor": "top",
        "showarrow": False,
        "text": f"<b>{name}</b>{epochs}<br>{rest or '&nbsp;'}<br>{scores or '&nbsp;'}",
        "font": {"size": 12, "color": SURFACES[column.mode].text},
    }


@dataclass(frozen=True)
class _Column:
    """One scene of the strip, and where it stands."""

    number: int
    scene: "Scene"
    start: float
    width: float
    is_aligned: bool
    mode: Mode

    @property
    def domain(self) -> list[float]:
        return [round(self.start, 4), min(round(self.start + self.width, 4), 1.0)]

    @property
    def cosines(self) -> Any:
        scene = self.scene
        shown = scene.classes if self.is_aligned else scene.mean_sentences or scene.classes
        return np.asarray(shown, np.float32)
