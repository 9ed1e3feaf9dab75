"""An explanation as files: named arrays and a JSON summary."""

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.explain.clip import ClipExplanation, SpaceView
from core.explain.vectors import cosines
from core.prediction import Array, Prediction

DIGITS = 6


def explanation_arrays(explanation: ClipExplanation) -> dict[str, NDArray[Any]]:
    """All numbers under plain names; the shapes are those of ``ClipExplanation``."""
    text, influence = explanation.text, explanation.influence
    arrays: dict[str, NDArray[Any]] = {
        "labels": np.array(explanation.labels),
        "rows": explanation.rows,
        "times_s": explanation.times_s,
        "sampled": explanation.sampled,
        "sampled_times_s": explanation.sampled_times_s,
        "attention_video": explanation.attention_video,
        "attention_text": text.attention,
        "influence_probability": influence.probability,
        "influence_margin": influence.margin,
        "before_sentences": text.before,
        "after_sentences": text.after,
        "before_classes": text.class_before,
        "after_classes": text.class_after,
    }
    for side, view in (("before", explanation.before), ("after", explanation.after)):
        for name in SpaceView.__annotations__:
            arrays[f"{side}_{name}"] = getattr(view, name)
    if explanation.relevance is not None:
        arrays["relevance"] = explanation.relevance.maps
    return arrays


def save_arrays(
    file: Path | BinaryIO, explanation: ClipExplanation, beside: ClipExplanation | None = None
) -> None:
    """Write ``explanation_arrays`` as a compressed ``.npz``.

    Args:
        file: Where to.
        explanation: The clip.
        beside: What it is compared with; its names begin with ``beside_``.
    """
    arrays: dict[str, Any] = explanation_arrays(explanation)
    if beside is not None:
        arrays |= {f"beside_{name}": array for name, array in explanation_arrays(beside).items()}
    np.savez_compressed(file, **arrays)


def explanation_summary(explanation: ClipExplanation, prediction: Prediction) -> dict[str, Any]:
    """What a reader wants to know first, as JSON-like data.

    ``moments`` holds the path in time: the seconds of every analysed frame, and for each space and
    class the cosine of each moment with that class; ``frames`` the sampled frames of the verdict.
    """
    influence = explanation.influence
    relevance = explanation.relevance
    return {
        "verdict": explanation.labels[explanation.verdict],
        "truth": truth(explanation, prediction),
        "before": _space(explanation, explanation.before, explanation.text.before),
        "after": _space(explanation, explanation.after, explanation.text.after),
        "moments": {
            "times_s": _listed(explanation.times_s),
            "before": _series(explanation, explanation.before),
            "after": _series(explanation, explanation.after),
        },
        "frames": [
            {
                "time_s": _round(time_s),
                "probability_owed": _round(influence.probability[place]),
                "margin_owed": _round(influence.margin[place]),
            }
            for place, time_s in enumerate(explanation.sampled_times_s)
        ],
        "frames_in_random_order": {
            "probability": _round(influence.shuffled_probability),
            "margin": _round(influence.shuffled_margin),
        },
        "relevance_method": None if relevance is None else relevance.method,
    }


def truth(explanation: ClipExplanation, prediction: Prediction) -> dict[str, Any]:
    """Whether the aligned space tells the same story as the verdict.

    Returns:
        ``ends_at_verdict``: the whole clip lies nearer to the verdict's class than to any other;
        ``nearest_class`` and ``lead`` by cosine; ``nearest_sentences``: the class whose sentences
        it is nearest to on average; ``difference_from_verdict``: how far at most the cosines lie
        from those that the verdict was made from, 0 up to rounding unless class vectors depend on
        the clip or each step is compared by itself; ``last_moment``: where the path itself ends.
    """
    view, labels = explanation.after, explanation.labels
    ranked = np.argsort(-view.clip_classes, kind="stable")
    sentences = cosines(view.clip, explanation.text.after).mean(1)  # (K,)
    return {
        "ends_at_verdict": bool(ranked[0] == explanation.verdict),
        "nearest_class": labels[ranked[0]],
        "lead": _round(view.clip_classes[ranked[0]] - view.clip_classes[ranked[1]]),
        "nearest_sentences": labels[sentences.argmax()],
        "difference_from_verdict": _round(
            np.abs(view.clip_classes - prediction.similarities).max()
        ),
        "last_moment": labels[view.moment_classes[-1].argmax()],
    }


def _space(explanation: ClipExplanation, view: SpaceView, sentences: Array) -> dict[str, Any]:
    """Cosines of the whole clip with each class and with the mean of its sentences."""
    nearest = cosines(view.clip, sentences)  # (K, S)
    return {
        label: {
            "class_cosine": _round(view.clip_classes[place]),
            "sentence_cosine_mean": _round(nearest[place].mean()),
            "nearest_sentence": int(nearest[place].argmax()) + 1,
            "nearest_cosine": _round(nearest[place].max()),
        }
        for place, label in enumerate(explanation.labels)
    }


def _series(explanation: ClipExplanation, view: SpaceView) -> dict[str, list[float]]:
    columns = view.moment_classes.T
    return dict(zip(explanation.labels, map(_listed, columns), strict=True))


def _listed(values: NDArray[np.floating]) -> list[float]:
    return [_round(value) for value in values]


def _round(value: float) -> float:
    return round(float(value), DIGITS)
