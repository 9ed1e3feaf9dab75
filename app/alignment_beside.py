"""What stands beside the open clip for comparison: another clip, or another model."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.alignment_chapters import Explained
from app.clips import OpenClip, current_clip
from app.sessions import VisitorSession
from core.checkpoint import Checkpoint, load_checkpoint
from core.errors import CheckpointError
from core.explain.clip import explain_clip, reconsider
from core.explain.sentence_map import read_map
from core.predictor import Predictor
from core.recognizer import Recognizer

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
    """Keeps each visitor's choice, and the other model that was used last.

    Args:
        predictor: The page's own model.
        sources: Folders or hub ids of checkpoints to compare with.
    """

    def __init__(self, predictor: Predictor, sources: Sequence[str] = ()) -> None:
        self._predictor = predictor
        self._sources = {Path(source).name: source for source in sources}
        self._lock = threading.Lock()
        self._loaded: tuple[str, Checkpoint, Recognizer] | None = None

    def names(self) -> list[str]:
        """Checkpoints that visitors can compare with."""
        return list(self._sources)

    def keep_clip(self, session: VisitorSession, explained: Explained) -> None:
        """Compare whatever is opened next with this clip."""
        session.values[KEY] = Chosen(clip=explained)

    def keep_model(self, session: VisitorSession, name: str) -> None:
        """Compare the open clip's verdict with that of another model.

        Raises:
            CheckpointError: It is none of ``names``.
        """
        if name not in self._sources:
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
        with self._lock:
            checkpoint, recognizer = self._load(name)
        own = self._predictor
        predictor = Predictor(checkpoint, recognizer, own.detector, own.limits)
        same_eyes = (
            checkpoint.config.model.backbone.sha256 == own.checkpoint.config.model.backbone.sha256
        )
        if same_eyes:
            prediction = reconsider(checkpoint, recognizer, current.prediction)
        else:
            faces = predictor.predict_faces(clip.path)
            prediction = faces[min(current.prediction.face_id, len(faces) - 1)]
        explanation = explain_clip(checkpoint, recognizer, prediction, with_relevance=False)
        return Explained(current.name, predictor, prediction, explanation, read_map(checkpoint))

    def _load(self, name: str) -> tuple[Checkpoint, Recognizer]:
        if self._loaded is None or self._loaded[0] != name:
            checkpoint = load_checkpoint(self._sources[name])
            own = self._predictor
            if checkpoint.config.model.labels != own.labels:
                raise CheckpointError(
                    f"{name} knows other expressions ({', '.join(checkpoint.config.model.labels)})"
                )
            self._loaded = name, checkpoint, Recognizer(checkpoint, own.recognizer.device)
        return self._loaded[1:]
