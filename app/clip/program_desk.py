"""What may programs ask of the server about a clip?"""

import dataclasses
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.context import LocalContext

from app.clip.open_clip import shown_name
from app.clip.upload import new_program_visit, visit_of
from app.door.departures import Departures
from app.examples.routes import example_name
from app.examples.shelf import ExampleShelf
from app.models.shelf import ModelShelf
from app.visit.boundary import sentence_for, shows_errors
from app.visit.jobs import CancelledError, Job
from app.visit.line import LOOK_EVERY_S, Line
from app.visit.sessions import SessionStore, VisitorSession
from app.visit.workload import stated_work
from core.errors import A3LignError, ConfigError
from core.faces.detectors import FaceDetector, free_detectors, open_detector
from core.prediction import Prediction, ProgressCallback
from core.predictor import Predictor
from core.span import Span


class ProgramDesk:
    """Answers ``predict_clip``.

    Args:
        shelf: The models.
        store: The visitors; a program's upload is a visit of its own.
        line: Where analyses take turns, the page's among them.
        departures: Tells that nobody waits for an answer any more.
        examples: Clips of the server's own.
    """

    def __init__(
        self,
        shelf: ModelShelf,
        store: SessionStore,
        line: Line | None = None,
        departures: Departures | None = None,
        examples: ExampleShelf | None = None,
    ) -> None:
        self._shelf = shelf
        self._store = store
        self._line = line or Line()
        self._departures = departures or Departures()
        self._examples = examples or ExampleShelf()
        self._detectors: dict[str, FaceDetector] = {}
        self._lock = threading.Lock()

    def models(self) -> list[str]:
        """Names that ``model`` takes, the server's own first."""
        return self._shelf.names()

    def detectors(self) -> list[str]:
        """Names that ``detector`` takes, the server's own first: none that must be downloaded."""
        own = self._shelf.own.predictor.detector.name
        return [own, *(name for name in free_detectors() if name != own)]

    @shows_errors
    def predict_clip(  # its parameters are the programming interface
        self,
        video: dict[str, Any],
        model: str | None = None,
        detector: str | None = None,
        all_faces: bool = False,
        start_s: float = 0.0,
        end_s: float | None = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008  # how Gradio is asked for one
    ) -> dict[str, Any]:
        """Recognise the perceived facial expression in a video file.

        Args:
            video: mp4, mov, webm, mkv, avi, gif or animated webp, at most 64 MB and as long as the
                server allows (10 minutes by default).
            model: Which of the server's models looks; its own by default.
            detector: What finds the faces; the server's own by default.
            all_faces: Whether the answer holds every face.
            start_s: Look from this second on; times stay the video's.
            end_s: Look up to this second; 0 or nothing for the end.
            progress: Given by Gradio.

        Returns:
            The result for the main face: summary (what was to be seen when, as a sentence), label,
            probabilities, margin, uncertain, duration_s, frames_read, frames_analysed,
            frames_with_face, detector, device, checkpoint, badges, share_of_time, episodes, and one
            entry per analysed frame with time_s, face, similarities and probabilities. With
            all_faces also faces: the same for every face, with its face_id, the main one first.
        """
        with self._given(video) as (visit, path, name):
            try:
                predictor = self._predictor(model, detector)
                span = Span(start_s or 0.0, end_s or math.inf)
                client = getattr(LocalContext.request.get(None), "session_hash", None)
                with visit.in_use(), self._departures.watch(client or visit.token) as gone:
                    faces = self._predict(predictor, path, visit, gone, span, progress)
            except CancelledError as error:
                raise gr.Error("Nobody waits for this result.", print_exception=False) from error
            except A3LignError as error:
                text = sentence_for(error, name, path.name)
                raise gr.Error(text, print_exception=False) from error
        faces = [dataclasses.replace(face, video=name) for face in faces]
        answer = faces[0].to_json()
        if all_faces:
            answer["faces"] = [face.to_json(with_face_id=True) for face in faces]
        return answer

    def _predictor(self, model: str | None, detector: str | None) -> Predictor:
        chosen = self._shelf.open(model) if model else self._shelf.own
        predictor = chosen.predictor
        if not detector or detector == predictor.detector.name:
            return predictor
        if detector not in self.detectors():
            raise ConfigError(
                f"this server has no detector {detector!r:.40}; choose one of "
                f"{', '.join(self.detectors())}"
            )
        with self._lock:
            if detector not in self._detectors:
                self._detectors[detector] = open_detector(detector)
        return predictor.with_detector(self._detectors[detector])

    @contextmanager
    def _given(self, video: Any) -> Iterator[tuple[VisitorSession, Path, str]]:
        """The visit of a program, its clip and the clip's name; all of it is deleted after."""
        fields = video if isinstance(video, dict) else {"path": video}
        path = str(fields.get("path"))
        if example := example_name(path):
            visit = new_program_visit(self._store)
        else:
            visit = visit_of(self._store, path)
        try:
            clip = self._examples.place(example, visit.folder) if example else Path(path)
            yield visit, clip, shown_name(fields.get("orig_name") or clip.name)
        finally:
            self._store.close(visit)

    def _predict(  # one clip, who asks for it, and what is asked
        self,
        predictor: Predictor,
        path: Path,
        visit: VisitorSession,
        gone: threading.Event,
        span: Span,
        progress: gr.Progress,
    ) -> list[Prediction]:
        with self._line.join(visit.token, stated_work(path, predictor, span)) as ticket:
            for place in ticket.places(gone.is_set):
                progress(0.0, desc=_waiting(place, ticket.left_s))
                gone.wait(LOOK_EVERY_S)

            def work(report: ProgressCallback) -> list[Prediction]:
                return predictor.predict_faces(path, progress=report, span=span)

            job = Job(work, ticket.keep)
            for state in job.states():
                progress(state.done, desc=state.stage)
                if gone.is_set() or visit.closed:
                    job.cancel()
            return job.result()


def _waiting(place: int, left_s: float | None) -> str:
    estimate = "" if left_s is None else f", about {left_s:.0f} s"
    return f"waiting, {place} before this one{estimate}"
