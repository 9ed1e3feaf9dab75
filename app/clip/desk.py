"""What does the server do for the Clip tab?"""

import dataclasses
import json
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
from gradio import FileData
from gradio.context import LocalContext

from app.clip.files import SaveRequest, download_name, save_file
from app.clip.open_clip import (
    SAVED_CLIP,
    NoClipError,
    OpenClip,
    analysed_clip,
    close_clip,
    current_clip,
    open_clip,
    shown_name,
)
from app.clip.preview import write_preview
from app.clip.upload import discard_upload, take_upload, visit_of
from app.door.departures import Departures
from app.examples.shelf import ExampleShelf
from app.figures.studio import studio_data
from app.models.shelf import ModelShelf
from app.page.files import address
from app.visit.address import address_of
from app.visit.boundary import sentence_for, shows_errors
from app.visit.jobs import CancelledError, Job, JobState
from app.visit.line import LOOK_EVERY_S, Line
from app.visit.sessions import SessionStore, VisitorSession
from core.errors import A3LignError
from core.prediction import Prediction

logger = logging.getLogger(__name__)

Event = gr.EventData
Request = gr.Request


class ClipDesk:
    """The tab's callbacks.

    Methods, because Gradio finds out from the annotations which parameter wants the event or the
    request, and ``functools.partial`` hides them.

    Args:
        shelf: The models.
        store: The visitors.
        departures: Tells work for programs that nobody waits for it.
    """

    def __init__(
        self, shelf: ModelShelf, store: SessionStore, departures: Departures | None = None
    ) -> None:
        self._departures = departures or Departures()
        # Heavy work takes turns: two analyses at once would both be slow.
        self._line = Line()
        self._shelf = shelf
        self._store = store
        self._examples = ExampleShelf()

    def analyse(self, event: Event, request: Request) -> Iterator[str]:
        """Analyse an upload, an example or the open clip again; yields messages for the page.

        Errors are messages too, so that the page can offer another try in place.
        """
        wish = event._data or {}
        run = wish.get("run")
        clip: OpenClip | None = None
        try:
            with self._session(request).in_use() as session:
                clip = self._open(session, wish)
                for state in self._run(session, clip):
                    yield _message("progress", run, **dataclasses.asdict(state))
                data = studio_data(clip.predictions, title=clip.title)
                yield _message("result", run, data=data, address=address(clip.path))
        except CancelledError:
            return
        except Exception as error:  # noqa: BLE001  # the boundary of a generator
            retriable = not isinstance(error, A3LignError)
            text = sentence_for(error, *((clip.title, clip.path.name) if clip else ()))
            yield _message("problem", run, text=text, retriable=retriable)

    def refused(self) -> str:
        """Answer a request that never started: too many visitors are waiting already."""
        text = "Too many clips are waiting on this server; try again in a minute."
        return _message("problem", None, text=text, retriable=False, at=time.time_ns())

    @shows_errors
    def forget(self, event: Event, request: Request) -> None:
        """Stop the visitor's analysis and delete the clip, or an upload that came too late."""
        session = self._session(request)
        if late := (event._data or {}).get("upload"):
            discard_upload(session, str(late))
        else:
            close_clip(session)

    @shows_errors
    def preview(self, event: Event, request: Request) -> Any:
        """Make a copy of the clip that every browser plays."""
        run = (event._data or {}).get("run")
        with self._session(request).in_use() as session:
            clip = current_clip(session)
            try:
                copy = write_preview(clip, still_wanted=lambda: _is_open(session, clip))
            except CancelledError:
                return gr.skip()
            except (A3LignError, OSError):
                logger.warning("no playable copy could be made", exc_info=True)
                text = "This clip cannot be shown here; curves and faces are complete."
                return news(copy={"run": run, "text": text})
        return news(copy={"run": run, "address": address(copy)})

    def save(self, event: Event, request: Request) -> Iterator[gr.HTML]:
        """Make a file for download; yields how far it is, then its address."""
        wish = event._data or {}
        run = wish.get("run")
        try:
            with self._session(request).in_use() as session:
                clip = analysed_clip(session)
                asked = SaveRequest.from_page(wish)
                job = Job(lambda progress: save_file(clip, asked, progress))
                try:
                    for state in job.states():
                        if not _is_open(session, clip):
                            return
                        yield news(saved={"run": run, "done": state.done})
                finally:
                    job.cancel()
                path = job.result()
                name = download_name(clip, asked)
                yield news(saved={"run": run, "address": address(path), "name": name})
        except Exception as error:  # noqa: BLE001  # the boundary of a generator
            yield news(saved={"run": run, "text": sentence_for(error)})

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
            while ticket.place and not gone.wait(LOOK_EVERY_S):
                pass
            if gone.is_set():
                raise CancelledError
            job = Job(lambda progress: predictor.predict(path, progress=progress))
            for _ in job.states():
                if gone.is_set() or visit.closed:
                    job.cancel()
            return job.result()

    def _session(self, request: Request) -> VisitorSession:
        return self._store.get(str(request.session_hash), address_of(request))

    def _open(self, session: VisitorSession, wish: dict[str, Any]) -> OpenClip:
        if wish.get("retry"):
            return current_clip(session)
        title = shown_name(wish.get("title", "clip"))
        if wish.get("saved"):
            saved = session.values.pop(SAVED_CLIP, None)
            if saved is None:
                raise NoClipError
            return open_clip(session, saved, "Live recording")
        if name := wish.get("example"):
            return open_clip(session, self._examples.place(str(name), session.folder), title)
        source = take_upload(session, str(wish.get("upload")))
        clip = open_clip(session, source, title)
        source.parent.rmdir()
        return clip

    def _run(self, session: VisitorSession, clip: OpenClip) -> Iterator[JobState]:
        model = self._shelf.chosen(session)

        def work(progress: Any) -> list[Prediction]:
            predictions = model.predictor.predict_faces(clip.path, progress=progress)
            return [dataclasses.replace(each, video=clip.title) for each in predictions]

        with self._line.join(session.token) as ticket:
            while place := ticket.place:
                yield JobState("waiting", 0.0, self._line.left_s(place), place)
                if not _is_open(session, clip):
                    raise CancelledError
                time.sleep(LOOK_EVERY_S)
            clip.job = Job(work)
            try:
                for state in clip.job.states():
                    if not _is_open(session, clip):
                        clip.job.cancel()
                    yield state
                clip.predictions, clip.model = clip.job.result(), model
            finally:
                clip.job.cancel()
                clip.job = None


def _is_open(session: VisitorSession, clip: OpenClip) -> bool:
    """Whether the visitor is still there and has not moved on."""
    return not session.closed and session.values.get("clip") is clip


def _message(kind: str, run: object, **content: object) -> str:
    return json.dumps({"type": kind, "run": run, **content}, allow_nan=False)


def news(**properties: dict[str, Any]) -> gr.HTML:
    """Return an update of the tab's named properties, each a dictionary for the page."""
    # The time makes equal news differ: the page watches for changes.
    texts: dict[str, Any] = {
        name: json.dumps({**value, "at": time.time_ns()}) for name, value in properties.items()
    }
    return gr.HTML(**texts)
