"""Which words and numbers state a verdict?"""

from typing import Any

from core.prediction import Prediction


def verdict(prediction: Prediction) -> dict[str, Any]:
    """Put one face's verdict into words that claim no more than the model knows.

    Returns:
        ``title`` and ``sentence`` for people, ``uncertain``, ``margin`` 0-1, and ``rows``: every
        class with its probability, most probable first.
    """
    rows = sorted(
        zip(prediction.labels, prediction.probabilities.tolist(), strict=True),
        key=lambda row: -row[1],
    )
    first, second = rows[0][0], rows[1][0]
    points = round(prediction.margin * 100)
    if prediction.uncertain:
        title = f"{first} or {second}?".capitalize()
        sentence = f"Uncertain: the two are {points} percentage points apart, too close to call."
    else:
        title = first.capitalize()
        sentence = f"{points} percentage points ahead of {second}."
    return {
        "label": prediction.label,
        "title": title,
        "sentence": sentence,
        "uncertain": prediction.uncertain,
        "margin": round(prediction.margin, 4),
        "rows": [{"label": label, "probability": round(value, 4)} for label, value in rows],
    }
