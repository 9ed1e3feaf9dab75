"""Where does each sentence and each moment lie on a map?"""

import functools
import threading
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from core.errors import ConfigError
from core.explain.compiled import umap_class
from core.explain.vectors import cosines, unit
from core.prediction import Array

Mode = Literal["text", "centred", "joint"]
Technique = Literal["umap", "pca"]
Dimensions = Literal[2, 3]

MODES: tuple[Mode, ...] = ("text", "centred", "joint")
SEED = 0
NEIGHBOURS = 15
# Fewer points than this are no neighbourhood graph; PCA draws them as they are.
FEWEST_FOR_UMAP = 5
PLACED_BETWEEN = 5
# Two spaces, two techniques, two or three dimensions, of two models.
KEPT_MAPS = 16
# Softness of the weights of neighbours, in cosine.
PLACED_WITHIN = 0.02

# What each way of putting two kinds of vectors on one map can and cannot show.
EXPLANATIONS: dict[Mode, str] = {
    "text": "The sentences alone shape this map; each moment is then placed where it fits among "
    "them. It shows which sentences a moment is nearest to, but not how far from all of them.",
    "centred": "Sentences and moments are each shifted so that their own average is the middle. It "
    "shows in which direction a moment departs from the average, but no true distances.",
    "joint": "Raw vectors on one map. Pictures and texts live in separate regions of CLIP's space "
    "(the modality gap), so the video forms an island: its distance to the sentences means little.",
}

# UMAP's compiled code may run in one thread at a time only; some of its threading layers abort
# the process otherwise.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Layout:
    """Positions on a map.

    Attributes:
        text: ``(P, d)``.
        video: ``(V, d)``.
        technique: What was really used: PCA instead of UMAP for few points, or where UMAP cannot
            be used.
    """

    text: Array
    video: Array
    technique: Technique


def lay_out(
    text: Array,
    video: Array,
    *,
    mode: Mode,
    technique: Technique,
    dimensions: Dimensions = 2,
    video_mean: Array | None = None,
    stored: Array | None = None,
) -> Layout:
    """Project text and video vectors; the same input always gives the same map.

    UMAP is seeded, and the whole clip is placed in one call: where it puts a point depends on the
    points beside it.

    Args:
        text: ``(P, D)`` sentences and class vectors.
        video: ``(V, D)`` moments; ``V`` may be 0.
        mode: See ``EXPLANATIONS``.
        technique: ``umap``, or ``pca`` for an instant linear view.
        dimensions: 2 or 3.
        video_mean: ``(D,)`` mean of many videos for ``centred``; without it the clip's own mean is
            taken, which hides what is the same in all of its moments.
        stored: ``(P, dimensions)`` positions that an earlier UMAP of the same texts gave; only for
            the mode ``text``. A rounding in the last digit sends UMAP elsewhere, so a map that is
            to look the same on every machine has to be stored.
    """
    if technique == "umap" and (len(text) < FEWEST_FOR_UMAP or umap_class() is None):
        technique = "pca"
    text, video = unit(text), unit(video)
    if mode == "centred":
        text, video = centred(text, video, video_mean)
    if mode == "text":
        fitted = _fit_texts(Texts(text, stored), technique, dimensions)
        return Layout(fitted.positions, fitted.place(video), technique)
    both = fit(np.concatenate([text, video]), technique, dimensions).positions
    return Layout(both[: len(text)], both[len(text) :], technique)


class Fitted:
    """A map that more points can be placed on.

    Attributes:
        positions: ``(P, d)`` of the points it was made from.
    """

    def __init__(self, positions: Array, model: Any) -> None:
        self.positions = np.asarray(positions, np.float32)
        self._model = model

    def place(self, points: Array) -> Array:
        """Positions of further points, ``(V, D)`` to ``(V, d)``."""
        if not len(points):
            return np.empty((0, self.positions.shape[1]), np.float32)
        with _one_at_a_time:
            return np.asarray(self._model.transform(points), np.float32)


class PrincipalAxes:
    """The directions of largest variance, with a fixed sign."""

    def __init__(self, points: Array, dimensions: int) -> None:
        self._mean = points.mean(0)
        _, _, axes = np.linalg.svd(points - self._mean, full_matrices=False)
        axes = axes[:dimensions]
        largest = np.abs(axes).argmax(1)
        signs = np.sign(axes[np.arange(len(axes)), largest])
        self._axes = np.zeros((dimensions, points.shape[1]), np.float32)
        self._axes[: len(axes)] = axes * signs[:, None]

    def transform(self, points: Array) -> Array:
        """``(V, D)`` to ``(V, d)``."""
        return np.asarray((points - self._mean) @ self._axes.T, np.float32)


def fit(
    points: Array, technique: Technique, dimensions: int, *, stored: Array | None = None
) -> Fitted:
    """Make a map of ``(P, D)`` points, or go on with a ``stored`` one of UMAP's."""
    if technique == "pca":
        axes = PrincipalAxes(points, dimensions)
        return Fitted(axes.transform(points), axes)
    umap = umap_class()
    if umap is None:
        raise ConfigError("UMAP cannot be used on this machine (the log says why); choose pca")
    with _one_at_a_time:
        model = umap(
            n_components=dimensions,
            n_neighbors=min(NEIGHBOURS, len(points) - 1),
            metric="cosine",
            init="pca",  # spectral starts fail on islands, which the modality gap makes
            random_state=SEED,
            n_jobs=1,
        ).fit(points)
        if stored is not None:
            # What further points are placed on; the neighbourhoods are those of the fit.
            model.embedding_ = np.asarray(stored, np.float32)
    return Fitted(model.embedding_, model)


class Texts:
    """Vectors of a map and their stored positions, as a key that is equal where they are.

    Args:
        points: ``(P, D)``.
        stored: ``(P, d)``, None where there are none.
    """

    def __init__(self, points: Array, stored: Array | None) -> None:
        self.points, self.stored = points, stored
        self._key = points.tobytes(), None if stored is None else stored.tobytes()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Texts) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


@functools.lru_cache(maxsize=KEPT_MAPS)
def _fit_texts(texts: Texts, technique: Technique, dimensions: int) -> Fitted:
    """Fit once what every clip of a model is placed on."""
    return fit(texts.points, technique, dimensions, stored=texts.stored)


def place_between(points: Array, known: Array, positions: Array) -> Array:
    """Put each point at the weighted mean of its nearest known points: an instant preview.

    Args:
        points: ``(V, D)``.
        known: ``(P, D)``.
        positions: ``(P, d)`` of the known points on a finished map.
    """
    nearness = cosines(points, known)
    count = min(PLACED_BETWEEN, len(known))
    nearest = np.argsort(-nearness, axis=1, kind="stable")[:, :count]
    values = np.take_along_axis(nearness, nearest, axis=1)
    weights = np.exp((values - values[:, :1]) / PLACED_WITHIN)
    weights /= weights.sum(1, keepdims=True)
    return np.asarray((positions[nearest] * weights[..., None]).sum(1), np.float32)


def faithfulness(layout: Layout, text: Array, video: Array, owner: Array) -> float:
    """Share of moments whose nearest sentence on the map and by cosine are of the same class.

    Args:
        layout: The map.
        text: ``(P, D)`` vectors behind ``layout.text``.
        video: ``(V, D)`` vectors behind ``layout.video``, ``V >= 1``.
        owner: ``(P,)`` class of each text vector.
    """
    distances = np.linalg.norm(layout.video[:, None] - layout.text, axis=-1)
    on_map = owner[distances.argmin(1)]
    by_cosine = owner[cosines(video, text).argmax(1)]
    return float((on_map == by_cosine).mean())


def centred(text: Array, video: Array, video_mean: Array | None = None) -> tuple[Array, Array]:
    """Shift both kinds to their own average and keep the directions only; see ``lay_out``."""
    if not len(video):
        return unit(text - text.mean(0)), video
    middle = video.mean(0) if video_mean is None else video_mean
    return unit(text - text.mean(0)), unit(video - middle)
