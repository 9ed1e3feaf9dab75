"""What would another model say about the open clip?"""

from typing import Any

from app.clip.open_clip import NoClipError, OpenClip, analysed_clip
from app.figures.style import style_data
from app.figures.verdict import verdict
from app.models.shelf import ModelShelf, OpenModel
from app.visit.jobs import CancelledError
from app.visit.sessions import VisitorSession
from app.visit.turns import FairTurn
from core.errors import ConfigError
from core.explain.clip import reconsider
from core.prediction import Prediction, Progress

KEY = "second opinion"


class SecondOpinion:
    """Puts a second model's verdict beside the first one's, for instance a zero-shot baseline.

    Args:
        shelf: The models.
    """

    def __init__(self, shelf: ModelShelf) -> None:
        self._shelf = shelf
        self._turn = FairTurn()

    def ask(self, session: VisitorSession, name: str, face: int) -> dict[str, Any]:
        """Return another model's verdict on a face of the open clip; remembered with the clip.

        Raises:
            NoClipError: No clip is open, or it was closed meanwhile.
            A3LignError: There is no such face or model, or the model cannot look at the clip.
        """
        with session.in_use():
            clip = analysed_clip(session)
            if not 0 <= face < len(clip.predictions):
                raise ConfigError(f"face {face} does not exist; there are {len(clip.predictions)}")
            model = self._shelf.open(name)
            with self._turn:
                prediction = self._prediction(session, clip, model, face)
        return {
            "name": model.name,
            "style": style_data(prediction.labels)["classes"],
            **verdict(prediction),
        }

    def _prediction(
        self, session: VisitorSession, clip: OpenClip, model: OpenModel, face: int
    ) -> Prediction:
        own = clip.predictions[face]
        if clip.model is not None and sees_alike(model, clip.model):
            return reconsider(model.predictor.checkpoint, model.predictor.recognizer, own)
        key = (KEY, model.name)
        if key not in clip.notes:
            clip.notes[key] = self._look(session, clip, model)
        found: list[Prediction] = clip.notes[key]  # type: ignore[assignment]  # put there above
        # Faces are found by the same detector, so they come in the same order.
        return found[min(face, len(found) - 1)]

    def _look(self, session: VisitorSession, clip: OpenClip, model: OpenModel) -> list[Prediction]:
        def progress(_: Progress) -> None:
            if session.closed or session.values.get("clip") is not clip:
                raise CancelledError

        try:
            return model.predictor.predict_faces(clip.path, progress=progress)
        except CancelledError:
            raise NoClipError from None


def sees_alike(one: OpenModel, other: OpenModel) -> bool:
    """Whether two models make the same features of a face, so that one's serve the other."""
    predictors = (one.predictor, other.predictor)
    if any(predictor.recognizer.model.has_own_tower for predictor in predictors):
        return False
    first, second = (predictor.checkpoint.config.model for predictor in predictors)
    return bool(first.backbone == second.backbone and first.preprocess == second.preprocess)
