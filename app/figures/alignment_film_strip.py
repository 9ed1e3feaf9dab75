"""How did training move the sentences, on paper? The ends of its steps beside each other."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from app.figures.alignment_family import class_similarity
from app.figures.alignment_look import axis, layout
from app.figures.alignment_map import sentence_map
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
    everything = np.concatenate([_positions(scene, is_aligned) for scene in film.scenes])
    width = (1 - GAP * (len(scenes) - 1)) / len(scenes)
    figure: dict[str, Any] = {
        "data": [],
        "layout": layout(mode, height=HEIGHT_PX)
        | {"margin": {"l": 72, "r": 12, "t": 8, "b": 56}, "annotations": []},
    }
    for place, scene in enumerate(scenes):
        start = place * (width + GAP)
        domain = [round(start, 4), round(start + width, 4)]
        _add_map(figure, scene, labels, (place + 1, domain, everything, is_aligned, mode))
        _add_matrix(figure, scene, labels, (place + 1 + len(scenes), domain, is_aligned, mode))
        figure["layout"]["annotations"].append(_title(scene, domain, mode))
    return figure


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


def _add_map(
    figure: dict[str, Any],
    scene: "Scene",
    labels: Sequence[str],
    where: tuple[int, list[float], Any, bool, Mode],
) -> None:
    number, domain, everything, is_aligned, mode = where
    for index, trace in enumerate(
        sentence_map([_positions(scene, is_aligned)], labels, mode=mode)["data"]
    ):
        is_class = index >= len(labels)
        trace["marker"] |= {"size": CLASS_PX if is_class else SENTENCE_PX}
        figure["data"].append({**trace, "xaxis": f"x{number}", "yaxis": f"y{number}"})
    bare = {"visible": False}
    room = 0.06 * np.ptp(everything, axis=0)
    low, high = everything.min(0) - room, everything.max(0) + room
    figure["layout"] |= {
        f"xaxis{number}": bare
        | {
            "domain": domain,
            "anchor": f"y{number}",
            "range": [float(low[0]), float(high[0])],
        },
        f"yaxis{number}": bare
        | {"domain": MAPS, "anchor": f"x{number}", "range": [float(low[1]), float(high[1])]},
    }


def _add_matrix(
    figure: dict[str, Any],
    scene: "Scene",
    labels: Sequence[str],
    where: tuple[int, list[float], bool, Mode],
) -> None:
    number, domain, is_aligned, mode = where
    cosines = scene.classes if is_aligned else scene.mean_sentences or scene.classes
    (heat,) = class_similarity(np.asarray(cosines, np.float32), labels, mode=mode)["data"]
    least = float(np.min(cosines))
    heat |= {"xaxis": f"x{number}", "yaxis": f"y{number}", "showscale": False, "zmin": least}
    del heat["texttemplate"]
    figure["data"].append(heat)
    small = {"tickfont": {"size": 10}, "ticks": ""}
    figure["layout"] |= {
        f"xaxis{number}": axis(
            mode,
            f"{least:.3f} to 1",
            domain=domain, anchor=f"y{number}", tickangle=-45, showticklabels=False, **small,
        ),
        f"yaxis{number}": axis(
            mode,
            "",
            domain=MATRICES, anchor=f"x{number}", autorange="reversed",
            showticklabels=domain[0] == 0, **small,
        ),
    }  # fmt: skip


def _title(scene: "Scene", domain: list[float], mode: Mode) -> dict[str, Any]:
    scores = "" if scene.war is None else f"WAR {scene.war:.0%}, UAR {scene.uar:.0%}"
    epochs = "" if not scene.epoch else f", epoch {scene.epoch}"
    name, _, rest = scene.title.partition(": ")
    return {
        "x": sum(domain) / 2,
        "y": 1,
        "xref": "paper",
        "yref": "paper",
        "yanchor": "top",
        "showarrow": False,
        "text": f"<b>{name}</b>{epochs}<br>{rest or '&nbsp;'}<br>{scores or '&nbsp;'}",
        "font": {"size": 12, "color": SURFACES[mode].text},
    }
