"""One clip, one model, and why the model says what it says."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.explain.arrays import explanation_summary
from core.explain.clip import ClipExplanation, explain_clip
from core.explain.panels import missing_panels
from core.explain.sentence_map import SentenceMap, read_map
from core.prediction import Prediction
from core.predictor import Predictor

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Explained:
    """One clip seen by one model.

    Attributes:
        name: Of the clip.
        predictor: The model.
        prediction: Its verdict.
        explanation: Why.
        stored: The model's own map, if it has one.
    """

    name: str
    predictor: Predictor
    prediction: Prediction
    explanation: ClipExplanation
    stored: SentenceMap | None

    def summary(self) -> dict[str, Any]:
        """What a reader wants to know first, as JSON-like data."""
        return {
            "video": self.name,
            "checkpoint": self.prediction.checkpoint,
            **explanation_summary(self.explanation, self.prediction),
        }


def explain_video(predictor: Predictor, video: str) -> Explained:
    """Recognise the main face of a video and explain the verdict."""
    prediction = predictor.predict(video)
    can_mark = "evidence" not in missing_panels(predictor.recognizer.model)
    logger.info("%s: %s (margin %.2f)", video, prediction.label, prediction.margin)
    return Explained(
        name=Path(video).name,
        predictor=predictor,
        prediction=prediction,
        explanation=explain_clip(
            predictor.checkpoint, predictor.recognizer, prediction, with_relevance=can_mark
        ),
        stored=read_map(predictor.checkpoint),
    )
