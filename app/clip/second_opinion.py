"""What would another model say about the open clip?"""

from typing import Any

from app.clip.open_clip import KEY as CLIP
from app.clip.open_clip import NoClipError, OpenClip, analysed_clip
from app.figures.style import style_data
from app.figures.verdict import verdict
from app.models.shelf import ModelShelf, OpenModel
from app.visit.jobs import CancelledError
from app.visit.line import Line
from app.visit.sessions import VisitorSession
from app.visit.workload import Workload
from core.errors import A3LignError, ConfigError
from core.explain.clip import reconsider
from core.prediction import Prediction, Progress

KEY = "second opinion"


class SupersededError(A3LignError):
    """The visitor has asked for another one since."""

    def __init__(self) -> None:
        super().__init__("Another second opinion was asked for meanwhile; ask for this one again.")


class SecondOpinion:
    """Puts a second model's verdict beside the first one's, for instance a zero-shot baseline.

    Args:
        shelf: The models.
        line: Where analyses take turns.
    """

    def __init__(self, shelf: ModelShelf, line: Line | None = None) -> None:
        self._shelf = shelf
        self._line = line or Line()

    def ask(self, session: VisitorSession, name: str, face: int) -> dict[str, Any]:
        """Return another model's verdict on a face of the open clip; remembered with the clip.

        Raises:
            NoClipError: No clip is open, or it was closed meanwhile.
            A3LignError: There is no such face or model, or the model cannot look at the clip.
        """
        with session.in_use():
            clip = analysed_clip(session)
            own = clip.face(face)
            model = self._shelf.open(name)
            prediction = self._prediction(session, clip, model, own)
        return {
            "name": model.name,
            "style": style_data(prediction.labels)["classes"],
            **verdict(prediction),
        }

    def _prediction(
        self, session: VisitorSession, clip: OpenClip, model: OpenModel, own: Prediction
    ) -> Prediction:
        if clip.model is not None and sees_alike(model, clip.model):
            return reconsider(model.predictor.checkpoint, model.predictor.recognizer, own)
        if clip.is_regrouped:
            raise ConfigError(
                f"you have corrected the faces, which {model.name} would have to find anew; "
                "analyse the clip with it instead"
            )
        found = self._look(session, clip, model, own)
        # Faces are found by the same detector, so they come in the same order.
        return found[min(own.face_id, len(found) - 1)]

    def _look(
        self, session: VisitorSession, clip: OpenClip, model: OpenModel, own: Prediction
    ) -> list[Prediction]:
        key = (KEY, model.name)
        work = Workload(own.duration_s, own.frames_analysed)

        def is_stopped() -> bool:
            return session.closed or session.values.get(CLIP) is not clip

        try:
            with self._line.join(f"{session.token} second", work) as ticket:
                ticket.wait(is_stopped)

                def progress(_: Progress) -> None:
                    ticket.keep(is_stopped)
                    if is_stopped():
                        raise CancelledError

                if key not in clip.notes:
                    predict = model.predictor.predict_faces
                    clip.notes[key] = predict(clip.film, progress=progress, span=own.span)
                found: list[Prediction] = clip.notes[key]  # type: ignore[assignment]
                return found
        except CancelledError:
            raise (NoClipError if is_stopped() else SupersededError)() from None


def sees_alike(one: OpenModel, other: OpenModel) -> bool:
    """Whether two models make the same features of a face, so that one's serve the other."""
    predictors = (one.predictor, other.predictor)
    if any(predictor.recognizer.model.has_own_tower for predictor in predictors):
        return False
    first, second = (predictor.checkpoint.config.model for predictor in predictors)
    return bool(first.backbone == second.backbone and first.preprocess == second.preprocess)
