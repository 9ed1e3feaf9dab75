"""How did the sentences move while the model learned? Snapshots become scenes on one map."""

from dataclasses import replace

import numpy as np
from pydantic.dataclasses import dataclass

from core.explain.projection import Technique, fit
from core.explain.snapshots import START, Snapshots
from core.explain.tokens import drift, within_classes
from core.explain.vectors import cosines, unit
from core.prediction import Array
from core.settings import STRICT

SCENES = 24
DIGITS = 4

STAGE_TITLES = {
    "text": "Step 1: the sentences learn",
    "video": "Step 2: the video layers learn",
    "joint": "Step 3: both learn together",
    "train": "Training",
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
        positions: ``(K·S + K, 2)`` of the sentences and of each class's mean sentence, before the
            temporal layers.
        classes: ``(K, K)`` cosines of the class vectors, after the layers.
        within: ``(K,)`` mean cosine among a class's sentences, before the layers.
        drift: ``(K, S)`` how far each sentence has turned from the start, see ``drift``.
        mean_sentences: ``(K, K)`` cosines of the classes' mean sentences, before the layers; None
            in films of earlier versions, like the two below.
        aligned: Like ``positions``, after the layers and with the class vectors; each scene is
            shifted to its own middle, because the layers move all sentences together.
        answers: ``(K, K)`` mean cosine of the validation clips of each class (row) with each class
            vector; None in the rows of classes without clips.
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
    mean_sentences: list[list[float]] | None = None
    aligned: list[list[float]] | None = None
    answers: list[list[float | None]] | None = None


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
    """Put all snapshots on one map of each space.

    Args:
        snapshots: At least one; more than ``SCENES`` are thinned, the ends of the steps are kept.
        technique: ``umap`` or ``pca``.
    """
    chosen = choose_scenes(snapshots)
    sentences = snapshots.sentences[chosen]
    before = _positions(_points(sentences, sentences.mean(2)), technique)
    scenes = [_scene(snapshots, index, before[place]) for place, index in enumerate(chosen)]
    if snapshots.aligned is not None and snapshots.vectors is not None:
        points = _points(snapshots.aligned[chosen], snapshots.vectors[chosen])
        count = sentences.shape[1] * sentences.shape[2]
        after = _positions(points - points[:, :count].mean(1, keepdims=True), technique)
        scenes = [
            replace(scene, aligned=_listed(positions))
            for scene, positions in zip(scenes, after, strict=True)
        ]
    return Film(technique, scenes)


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
    war, uar = (_known(value) for value in snapshots.scores[index])
    means = sentences.mean(1)
    answers = None if snapshots.answers is None else snapshots.answers[index]
    if answers is not None and np.isnan(answers).all():
        answers = None
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
        mean_sentences=_listed(cosines(means, means)),
        answers=None if answers is None else [[_known(one) for one in row] for row in answers],
    )


def _points(sentences: Array, classes: Array) -> Array:
    """``(E, K, S, D)`` and ``(E, K, D)`` to ``(E, K·S + K, D)``, unit length."""
    flat = sentences.reshape(len(sentences), -1, sentences.shape[-1])
    return np.concatenate([unit(flat), unit(classes)], axis=1)


def _positions(points: Array, technique: Technique) -> Array:
    """``(E, P, D)`` to ``(E, P, 2)``, all on one map."""
    fitted = fit(unit(points).reshape(-1, points.shape[-1]), technique, 2).positions
    return fitted.reshape(len(points), -1, 2)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else _round(value)


def _listed(values: Array) -> list[list[float]]:
    return [[_round(value) for value in row] for row in values]


def _round(value: float) -> float:
    return round(float(value), DIGITS)
