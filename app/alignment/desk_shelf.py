"""Which model does the Alignment tab speak of?"""

import threading

from app.alignment.desk import AlignmentDesk
from app.clip.open_clip import KEY as CLIP
from app.clip.open_clip import OpenClip
from app.models.shelf import ModelShelf, OpenModel
from app.visit.sessions import VisitorSession
from core.explain.warmup import UmapWarmup

KEY = "alignment"


class AlignmentDesks:
    """One desk per model: for the open clip's, or else for the one that the visitor has chosen.

    Args:
        shelf: The models.
    """

    def __init__(self, shelf: ModelShelf) -> None:
        self._shelf = shelf
        self._warmup = UmapWarmup()
        self._lock = threading.Lock()

    def warm_up(self) -> None:
        """Compile UMAP in the background, so that the first visitor need not wait for it."""
        self._warmup.start()

    def desk(self, session: VisitorSession) -> AlignmentDesk:
        """Return the desk that answers the visitor."""
        model = self._model(session)
        with self._lock:
            # Kept with the model: it is forgotten when the model is.
            if KEY not in model.notes:
                model.notes[KEY] = AlignmentDesk(model.predictor, self._warmup, self._shelf)
            desk: AlignmentDesk = model.notes[KEY]
        return desk

    def _model(self, session: VisitorSession) -> OpenModel:
        clip = session.values.get(CLIP)
        if isinstance(clip, OpenClip) and clip.model is not None and clip.predictions:
            return clip.model
        return self._shelf.chosen(session)
