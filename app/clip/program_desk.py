"""What does the server do for programs that send a clip?"""

import dataclasses
import threading
from pathlib import Path
from typing import Any

import gradio as gr
from gradio import FileData
from gradio.context import LocalContext

from app.clip.open_clip import shown_name
from app.clip.upload import visit_of
from app.door.departures import Departures
from app.models.shelf import ModelShelf
from app.visit.boundary import sentence_for, shows_errors
from app.visit.jobs import CancelledError, Job
from app.visit.line import Line
from app.visit.sessions import SessionStore, VisitorSession
from core.errors import A3LignError
from core.prediction import Prediction


class ProgramDesk:
    """The endpoint of the programming interface.

    Args:
        shelf: The models.
        store: The visitors.
        line: Where analyses take turns.
        departures: Tells work that nobody waits for it.
    """

    def __init__(
        self,
        shelf: ModelShelf,
        store: SessionStore,
        line: Line | None = None,
        departures: Departures | None = None,
    ) -> None:
        self._shelf = shelf
        self._store = store
        self._line = line or Line()
        self._departures = departures or Departures()

    @shows_errors
    def predict_clip(self, video: FileData) -> dict[str, Any]:
        """Recognise the perceived facial expression in a video file.

        Args:
            video: mp4, mov, webm, mkv, avi, gif or animated webp, at most 64 MB and as long as the
                server allows (10 minutes by default).

        Returns:
            The result for the main face: summary (what was to be seen when, as a sentence), label,
            probabilities, margin, uncertain, duration_s, frames_read, frames_analysed,
            frames_with_face, detector, device, checkpoint, badges, share_of_time, episodes, and one
            entry per analysed frame with time_s, face, similarities and probabilities.
        """
        given: Any = video
        fields = given if isinstance(given, dict) else given.model_dump()
        path = Path(str(fields.get("path")))
        visit = visit_of(self._store, str(path))
        name = shown_name(fields.get("orig_name") or path.name)
        try:
            client = getattr(LocalContext.request.get(None), "session_hash", None) or path.name
            with visit.in_use(), self._departures.watch(client) as gone:
                prediction = self._predict(path, visit, gone)
                return dataclasses.replace(prediction, video=name).to_json()
        except CancelledError as error:
            raise gr.Error("Nobody waits for this result.", print_exception=False) from error
        except A3LignError as error:
            text = sentence_for(error, name, path.name)
            raise gr.Error(text, print_exception=False) from error
        finally:
            self._store.close(visit)

    def _predict(self, path: Path, visit: VisitorSession, gone: threading.Event) -> Prediction:
        predictor = self._shelf.own.predictor
        with self._line.join(visit.token) as ticket:
            ticket.wait(gone.is_set)
            job = Job(lambda progress: predictor.predict(path, progress=progress), ticket.keep)
            for _ in job.states():
                if gone.is_set() or visit.closed:
                    job.cancel()
            return job.result()
