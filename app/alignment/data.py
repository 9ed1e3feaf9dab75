"""What the Alignment tab receives about the model, a clip and a map."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from app.alignment.chapters import MODE_TITLES
from app.alignment.explained import Explained
from app.alignment.figures.film import score_curve
from app.alignment.figures.map import sentence_map
from app.alignment.figures.packing import empty_figures, packed, picture
from app.alignment.figures.path import VideoPath
from app.alignment.opening import opening_view
from app.figures.style import SURFACES, Mode, style_data
from core.episodes.verdict import perceived
from core.explain.film import Film
from core.explain.layouts import ClipMap
from core.explain.neighbours import Background, nearest_clips
from core.explain.panels import missing_panels
from core.explain.projection import EXPLANATIONS, fit
from core.explain.sentence_map import SIDES, SentenceMap, Side, SpaceMap, map_points
from core.explain.tokens import SentenceFamily, sentence_family
from core.explain.vectors import TextVectors
from core.prediction import Array
from core.predictor import Predictor

DIGITS = 4
# How many of the background's clips are named.
NEIGHBOURS = 5


def model_data(
    predictor: Predictor, text: TextVectors, stored: SentenceMap | None
) -> dict[str, Any]:
    """Describe a model: its sentences, how alike they are, and how they were learned."""
    recognizer, labels = predictor.recognizer, predictor.labels
    model = recognizer.model
    families: dict[Side, SentenceFamily] = {
        "before": sentence_family(model, text.before, text.class_before),
        "after": sentence_family(model, text.after, text.class_after),
    }
    learned, sentences = model.learned_tokens(), text.before.shape[1]
    return {
        "labels": list(labels),
        "sentences": sentences,
        "tokens": 0 if learned is None else learned.shape[2],
        "missing": missing_panels(model),
        "frames": recognizer.frames,
        "checkpoint": predictor.checkpoint_name,
        "style": style_data(labels),
        "figures": empty_figures(labels, sentences, recognizer.frames),
        "positions": {side: _positions(map_points(text, side), side, stored) for side in SIDES},
        "modes": [
            {"name": mode, "title": MODE_TITLES[mode], "text": EXPLANATIONS[mode]}
            for mode in EXPLANATIONS
        ],
        "families": {
            side: {
                "classes": _listed(family.classes),
                "sentences": packed(family.sentences),
                "within": _listed(family.within),
                "between": round(family.between, DIGITS),
                "norms": _listed(family.norms),
                "gathered": list(family.gathered),
            }
            for side, family in families.items()
        },
        "background": 0 if stored is None or stored.clips is None else len(stored.clips.labels),
        "opening": opening_view(families["after"]),
        "film": None if stored is None else film_data(stored.film),
    }


def clip_data(explained: Explained) -> dict[str, Any]:
    """Describe a clip; pictures only of the frames that the verdict was made from."""
    explanation, prediction = explained.explanation, explained.prediction
    influence = explanation.influence
    crops = prediction.frames.crops
    recognizer = explained.predictor.recognizer
    return {
        "title": explained.name,
        "checkpoint": prediction.checkpoint,
        "probabilities": _listed(prediction.probabilities),
        "verdict": explanation.verdict,
        "perceived": perceived(prediction),
        "probability": _round(prediction.probabilities.max()),
        "rows": explanation.rows.tolist(),
        "times_s": _listed(explanation.times_s),
        "sampled_times_s": _listed(explanation.sampled_times_s),
        "crops": [picture(crops[row]) for row in explanation.sampled],
        "spaces": {
            side: {
                "moment_sentences": packed(view.moment_sentences),
                "sampled_sentences": packed(view.sampled_sentences),
                "moment_classes": packed(view.moment_classes),
                "clip_classes": _listed(view.clip_classes),
            }
            for side, view in (("before", explanation.before), ("after", explanation.after))
        },
        "attention": {
            "video": packed(explanation.attention_video),
            "text": packed(explanation.text.attention),
        },
        "influence": {
            "probability": _listed(influence.probability),
            "lead": _listed(recognizer.logits(influence.margin)),
            "shuffled_probability": _round(influence.shuffled_probability),
        },
    }


def map_data(
    explained: Sequence[Explained],
    drawn: ClipMap,
    mode: Mode,
    background: Background | None = None,
) -> dict[str, Any]:
    """One map as a figure, and how far it can be trusted.

    Args:
        explained: What is on the map.
        drawn: The map.
        mode: Colours for light or dark surfaces.
        background: The clips behind ``drawn.background``.
    """
    names = [each.name for each in explained]
    if len(set(names)) < len(names):
        names = [each.prediction.checkpoint for each in explained]
    paths = [
        VideoPath(name, positions, each.explanation.times_s)
        for name, positions, each in zip(names, drawn.videos, explained, strict=True)
    ]
    labels = explained[0].explanation.labels
    flat = [replace(path, positions=path.positions[:, :2]) for path in paths]
    behind = None
    if drawn.background is not None and background is not None:
        behind = drawn.background, background.labels.tolist()
    below = None if behind is None else (behind[0][:, :2], behind[1])
    texts = [text[:, :2] for text in drawn.texts]
    figure = sentence_map(texts, labels, flat, background=below, mode=mode)
    is_flat = drawn.texts[0].shape[1] == 2
    deep = (
        None if is_flat else sentence_map(drawn.texts, labels, paths, background=behind, mode=mode)
    )
    return {
        "figure": figure,
        # The page turns the third dimension itself: far quicker than WebGL without a graphics card.
        "z": None if deep is None else [trace["z"] for trace in deep["data"]],
        "technique": drawn.technique,
        "models": len(drawn.texts),
        "names": names,
        "times_s": [_listed(path.times_s) for path in paths],
        "faithfulness": [_round(share) for share in drawn.faithfulness],
    }


def neighbour_data(explained: Explained, background: Background) -> dict[str, Any]:
    """Which background clips each moment and the whole clip come nearest to, in both spaces."""
    found: dict[str, Any] = {"labels": background.labels.tolist()}
    for side, view in (
        ("before", explained.explanation.before),
        ("after", explained.explanation.after),
    ):
        vectors = np.concatenate([view.moments, view.clip[None]])
        rows, nearness = nearest_clips(background, side, vectors, NEIGHBOURS)
        found[side] = {"rows": rows.tolist(), "cosines": _listed(nearness)}
    return found


def film_data(film: Film | None) -> dict[str, Any] | None:
    """The training as a film: what each scene shows, before and after the synchronizer."""
    if film is None:
        return None
    return {
        "scenes": [
            {
                "title": scene.title,
                "epoch": scene.epoch,
                "war": scene.war,
                "uar": scene.uar,
                "before": {"positions": scene.positions, "classes": scene.mean_sentences},
                "after": {"positions": scene.aligned, "classes": scene.classes},
                "answers": scene.answers,
                "drift": scene.drift,
            }
            for scene in film.scenes
        ],
        "technique": film.technique,
        "scores": {mode: score_curve(film, mode=mode) for mode in SURFACES},
    }


def _positions(points: Array, side: Side, stored: SentenceMap | None) -> dict[str, Any]:
    """Where the sentences lie on each map that can be shown at once, like ``umap2``."""
    if stored is not None:
        space = stored.space(side)
        return {name: getattr(space, name) for name in SpaceMap.__annotations__}
    return {f"pca{count}": _listed(fit(points, "pca", count).positions) for count in (2, 3)}


def _listed(values: Any) -> Any:
    return np.round(np.asarray(values, np.float64), DIGITS).tolist()


def _round(value: Any) -> float:
    return round(float(value), DIGITS)
