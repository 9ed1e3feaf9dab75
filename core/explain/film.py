"""How did the sentences move while the model learned? Snapshots become scenes on one map."""

import numpy as np
from pydantic.dataclasses import dataclass

from core.explain.projection import Technique, fit
from core.explain.snapshots import START, Snapshots
from core.explain.tokens import drift, within_classes
from core.explain.vectors import unit
from core.prediction import Array
from core.settings import STRICT

SCENES = 24
DIGITS = 4

STAGE_TITLES = {
    "text": "Step 1: the sentences learn",
    "video": "Step 2: the video layers learn",
    "joint": "Step 3: both learn together",
}


@dataclass(frozen=True, config=STRICT)
class Scene:
    """One moment of the training.

    Attributes:
        title: For people.
        stage: ``start``, ``text``, ``video`` or ``joint``.
        epoch: Epochs of the step that were done.
        war: Validation WAR, 0-1, None where it was not measured.
        uar: Validation UAR, likewise.
        positions: ``(K·S + K, 2)`` of the sentences and of each class's mean sentence.
        classes: ``(K, K)`` cosines of the class vectors.
        within: ``(K,)`` mean cosine among a class's sentences.
        drift: ``(K, S)`` how far each sentence has turned from the start, see ``drift``.
    """

    title: str
    stage: str
    epoch: int
    war: float | None
    uar: float | None
    positions: list[list[float]]
    classes: list[list[float]]
    within: list[float]
    drift: list[list[float]]


@dataclass(frozen=True, config=STRICT)
class Film:
    """The training as a film.

    Attributes:
        technique: How the map was made. All scenes share it, so that movement is comparable.
        scenes: In order.
    """

    technique: Technique
    scenes: list[Scene]


def make_film(snapshots: Snapshots, technique: Technique = "umap") -> Film:
    """Put all snapshots on one map of CLIP's space.

    Args:
        snapshots: At least one; more than ``SCENES`` are thinned, the ends of the steps are kept.
        technique: ``umap`` or ``pca``.
    """
    chosen = choose_scenes(snapshots)
    positions = _positions(snapshots.sentences[chosen], technique)
    return Film(
        technique,
        [_scene(snapshots, index, positions[place]) for place, index in enumerate(chosen)],
    )


def choose_scenes(snapshots: Snapshots, limit: int = SCENES) -> list[int]:
    """At most ``limit`` snapshots: the first, the end of each step, and evenly between."""
    count = len(snapshots)
    changes = np.append(snapshots.stages[1:] != snapshots.stages[:-1], True)
    kept = {0, *np.flatnonzero(changes).tolist()}
    others = [index for index in range(count) if index not in kept]
    spare = max(limit - len(kept), 0)
    if len(others) > spare:
        places = np.linspace(0, len(others) - 1, spare).round().astype(int)
        others = [others[place] for place in places]
    return sorted(kept | set(others))


def _scene(snapshots: Snapshots, index: int, positions: Array) -> Scene:
    stage, _, epoch = snapshots.titles[index].partition(" ")
    sentences = snapshots.sentences[index]
    war, uar = (None if np.isnan(value) else _round(value) for value in snapshots.scores[index])
    return Scene(
        title="Before training" if stage == START else STAGE_TITLES.get(stage, stage),
        stage=stage,
        epoch=int(epoch) if epoch.isdigit() else 0,
        war=war,
        uar=uar,
        positions=_listed(positions),
        classes=_listed(snapshots.classes[index]),
        within=[_round(value) for value in within_classes(sentences)],
        drift=_listed(drift(snapshots.sentences[0], sentences)),
    )


def _positions(sentences: Array, technique: Technique) -> Array:
    """``(E, K, S, D)`` to ``(E, K·S + K, 2)``."""
    flat = sentences.reshape(len(sentences), -1, sentences.shape[-1])
    points = unit(np.concatenate([flat, sentences.mean(2)], axis=1))
    fitted = fit(points.reshape(-1, points.shape[-1]), technique, 2).positions
    return fitted.reshape(len(points), -1, 2)


def _listed(values: Array) -> list[list[float]]:
    return [[_round(value) for value in row] for row in values]


def _round(value: float) -> float:
    return round(float(value), DIGITS)
