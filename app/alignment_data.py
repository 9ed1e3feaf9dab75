"""What the Alignment tab receives about the model, a clip and a map."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from app.alignment_chapters import MODE_TITLES, Explained
from app.figures.alignment_data import empty_figures, packed, picture
from app.figures.alignment_film import score_curve
from app.figures.alignment_map import VideoPath, sentence_map
from app.figures.style import SURFACES, Mode, style_data
from core.explain.film import Film
from core.explain.layouts import ClipMap
from core.explain.projection import EXPLANATIONS, fit
from core.explain.sentence_map import SIDES, SentenceMap, map_points
from core.explain.tokens import sentence_family
from core.explain.vectors import TextVectors
from core.predictor import Predictor

DIGITS = 4


def model_data(
    predictor: Predictor, text: TextVectors, stored: SentenceMap | None
) -> dict[str, Any]:
    """Describe a model: its sentences, how alike they are, and how they were learned."""
    recognizer, labels = predictor.recognizer, predictor.labels
    model = recognizer.model
    families = {
        "before": sentence_family(model, text.before, text.class_before),
        "after": sentence_family(model, text.after, text.class_after),
    }
    sentences, tokens = model.tokens.embeddings.shape[1:3]
    return {
        "labels": list(labels),
        "sentences": sentences,
        "tokens": tokens,
        "frames": recognizer.frames,
        "checkpoint": predictor.checkpoint_name,
        "style": style_data(labels),
        "figures": empty_figures(labels, sentences, recognizer.frames),
        "modes": [
            {"name": mode, "title": MODE_TITLES[mode], "text": EXPLANATIONS[mode]}
            for mode in EXPLANATIONS
        ],
        "maps": _model_maps(text, labels, stored),
        "families": {
            side: {
                "classes": _listed(family.classes),
                "sentences": packed(family.sentences),
                "within": _listed(family.within),
                "between": round(family.between, DIGITS),
                "norms": _listed(family.norms),
            }
            for side, family in families.items()
        },
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


def map_data(explained: Sequence[Explained], drawn: ClipMap, mode: Mode) -> dict[str, Any]:
    """One map as a figure, and how far it can be trusted."""
    names = [each.name for each in explained]
    if len(set(names)) < len(names):
        names = [each.prediction.checkpoint for each in explained]
    paths = [
        VideoPath(name, positions, each.explanation.times_s)
        for name, positions, each in zip(names, drawn.videos, explained, strict=True)
    ]
    labels = explained[0].explanation.labels
    return {
        "figure": sentence_map(drawn.texts, labels, paths, mode=mode),
        "technique": drawn.technique,
        "models": len(drawn.texts),
        "names": names,
        "times_s": [_listed(path.times_s) for path in paths],
        "faithfulness": [_round(share) for share in drawn.faithfulness],
    }


def film_data(film: Film | None) -> dict[str, Any] | None:
    """The training as a film: one figure, and the positions and similarities of each scene."""
    if film is None:
        return None
    return {
        "scenes": [
            {
                "title": scene.title,
                "epoch": scene.epoch,
                "war": scene.war,
                "uar": scene.uar,
                "positions": scene.positions,
                "classes": scene.classes,
                "within": scene.within,
                "drift": scene.drift,
            }
            for scene in film.scenes
        ],
        "technique": film.technique,
        "scores": {mode: score_curve(film, mode=mode) for mode in SURFACES},
    }


def _model_maps(
    text: TextVectors, labels: Sequence[str], stored: SentenceMap | None
) -> dict[str, Any]:
    """Figures of the sentences alone, shown before any clip is open; 2-D."""
    maps: dict[str, Any] = {}
    for side in SIDES:
        if stored is None:
            positions = fit(map_points(text, side), "pca", 2).positions
        else:
            positions = stored.space(side).positions("umap", 2)
        maps[side] = {mode: sentence_map([positions], labels, mode=mode) for mode in SURFACES}
    return maps


def _listed(values: Any) -> Any:
    return np.round(np.asarray(values, np.float64), DIGITS).tolist()


def _round(value: Any) -> float:
    return round(float(value), DIGITS)
