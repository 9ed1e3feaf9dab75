"""Which words and numbers state a result?"""

from typing import Any

from core.episodes.verdict import headline, verdict_line, verdict_title
from core.prediction import Prediction


def verdict(prediction: Prediction) -> dict[str, Any]:
    """Put one model's verdict on a face into words that claim no more than it knows.

    Returns:
        ``title`` and ``sentence`` for people, ``uncertain``, ``calibrated``, ``margin`` 0-1, and
        ``rows``: every class with its probability, most probable first.
    """
    rows = sorted(
        zip(prediction.labels, prediction.probabilities.tolist(), strict=True),
        key=lambda row: -row[1],
    )
    return {
        "label": prediction.label,
        "title": verdict_title(prediction),
        "sentence": verdict_line(prediction),
        "uncertain": prediction.uncertain,
        "calibrated": prediction.trust.is_calibrated,
        "margin": round(prediction.margin, 4),
        "rows": [{"label": label, "probability": round(value, 4)} for label, value in rows],
    }


def story(prediction: Prediction) -> dict[str, Any]:
    """Put what the curve of a face tells into words.

    Returns:
        ``headline`` and ``summary`` for people, ``badges``, ``episodes`` and ``share_of_time`` as
        in the documented result; each episode also has its ``name`` in words.
    """
    return {
        "headline": headline(prediction),
        "summary": prediction.summary,
        "badges": [badge.to_json() for badge in prediction.badges],
        "episodes": [
            {"name": episode.name, **episode.to_json()} for episode in prediction.episodes
        ],
        "share_of_time": {
            label: round(share, 4) for label, share in prediction.share_of_time.items()
        },
    }
