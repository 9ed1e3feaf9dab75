"""What stands beside the open clip for comparison: another clip, or another model."""

from dataclasses import dataclass

from app.alignment.explained import Explained
from app.clip.open_clip import OpenClip, current_clip
from app.models.shelf import ModelShelf
from app.visit.sessions import VisitorSession
from core.errors import CheckpointError
from core.explain.clip import explain_clip, reconsider
from core.explain.sentence_map import read_map
from core.predictor import Predictor

KEY = "beside"


@dataclass(frozen=True)
class Chosen:
    """What a visitor compares with: exactly one of the two.

    Attributes:
        clip: An explained clip, kept although another one is open now.
        model: Name of a checkpoint.
    """

    clip: Explained | None = None
    model: str = ""


class Beside:
    """Keeps each visitor's choice.

    Args:
        predictor: The model that the clip is explained with.
        shelf: The models to compare with.
    """

    def __init__(self, predictor: Predictor, shelf: ModelShelf) -> None:
        self._predictor = predictor
        self._shelf = shelf

    def names(self) -> list[str]:
        """Checkpoints that visitors can compare with."""
        return [name for name in self._shelf.names() if name != self._predictor.checkpoint_name]

    def keep_clip(self, session: VisitorSession, explained: Explained) -> None:
        """Compare whatever is opened next with this clip."""
        session.values[KEY] = Chosen(clip=explained)

    def keep_model(self, session: VisitorSession, name: str) -> None:
        """Compare the open clip's verdict with that of another model.

        Raises:
            CheckpointError: It is none of ``names``.
        """
        if name not in self.names():
            raise CheckpointError(f"there is no checkpoint {name!r} to compare with")
        session.values[KEY] = Chosen(model=name)

    def clear(self, session: VisitorSession) -> None:
        """Compare with nothing."""
        session.values.pop(KEY, None)

    def title(self, session: VisitorSession) -> str:
        """What stands beside, for people; empty for nothing."""
        chosen = session.values.get(KEY)
        if not isinstance(chosen, Chosen):
            return ""
        return chosen.clip.name if chosen.clip else chosen.model

    def explained(self, session: VisitorSession, current: Explained) -> Explained | None:
        """The comparison for the explained clip, None where none was chosen.

        Raises:
            A3LignError: The other model cannot be used.
        """
        chosen = session.values.get(KEY)
        if not isinstance(chosen, Chosen):
            return None
        if chosen.clip is not None:
            return chosen.clip
        clip = current_clip(session)
        key = (KEY, chosen.model, current.prediction.face_id)
        if key not in clip.notes:
            clip.notes[key] = self._with_model(clip, current, chosen.model)
        found = clip.notes[key]
        return found if isinstance(found, Explained) else None

    def _with_model(self, clip: OpenClip, current: Explained, name: str) -> Explained:
        model = self._shelf.open(name)
        clip.notes[(KEY, "in use", name)] = model
        own, other = self._predictor, model.predictor
        checkpoint, recognizer = other.checkpoint, other.recognizer
        if other.labels != own.labels:
            raise CheckpointError(f"{name} knows other expressions ({', '.join(other.labels)})")
        same_eyes = (
            checkpoint.config.model.backbone.sha256 == own.checkpoint.config.model.backbone.sha256
        )
        if same_eyes:
            prediction = reconsider(checkpoint, recognizer, current.prediction)
        else:
            faces = other.predict_faces(clip.film)
            prediction = faces[min(current.prediction.face_id, len(faces) - 1)]
        explanation = explain_clip(checkpoint, recognizer, prediction, with_relevance=False)
        return Explained(current.name, other, prediction, explanation, read_map(checkpoint))
