"""What does the server do for the Clip tab?"""

import dataclasses
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from app.clip.corrections import read_span, regroup
from app.clip.files import SaveRequest, download_name, save_file
from app.clip.messages import message, news, result_of
from app.clip.open_clip import (
    SAVED_CLIP,
    NoClipError,
    OpenClip,
    analysed_clip,
    close_clip,
    current_clip,
    is_open,
    open_clip,
    shown_name,
)
from app.clip.preview import write_preview
from app.clip.ready import find_ready, keep_ready
from app.clip.upload import discard_upload, take_upload
from app.examples.shelf import ExampleShelf
from app.models.shelf import ModelShelf
from app.page.files import address
from app.visit.address import address_of
from app.visit.boundary import sentence_for, shows_errors
from app.visit.jobs import REPORT_EVERY_S, CancelledError, Job, JobState
from app.visit.line import LOOK_EVERY_S, Line, Lines
from app.visit.sessions import SessionStore, VisitorSession
from app.visit.workload import Workload, stated_work
from core.errors import A3LignError, NoFaceError
from core.faces.detectors import open_detector
from core.prediction import Prediction
from core.span import Span

logger = logging.getLogger(__name__)

# A correction takes a moment; who waits behind a film need not wait for its end.
AT_ONCE = Workload(0.0, 10.0)

Event = gr.EventData
Request = gr.Request


class ClipDesk:
    """The tab's callbacks.

    Methods, because Gradio finds out from the annotations which parameter wants the event or the
    request, and ``functools.partial`` hides them.

    Args:
        shelf: The models.
        store: The visitors.
        lines: Where heavy work takes turns.
    """

    def __init__(self, shelf: ModelShelf, store: SessionStore, lines: Lines | None = None) -> None:
        self._lines = lines or Lines()
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
                span = read_span(wish)
                clip = self._open(session, wish)
                for state in self._run(session, clip, wish, span):
                    yield message("progress", run, **dataclasses.asdict(state))
                yield result_of(run, clip, plays=bool(wish.get("example")))
        except CancelledError:
            return
        except Exception as error:  # noqa: BLE001  # the boundary of a generator
            retriable = not isinstance(error, A3LignError)
            text = sentence_for(error, *((clip.title, clip.film.name) if clip else ()))
            has_middle = isinstance(error, NoFaceError) and not wish.get("middle")
            yield message("problem", run, text=text, retriable=retriable, middle=has_middle)

    def regroup(self, event: Event, request: Request) -> str:
        """Leave faces out of the result, or merge those that are one person."""
        wish = event._data or {}
        run = wish.get("run")
        try:
            with self._session(request).in_use() as session:
                clip = analysed_clip(session)
                with self._lines.analyses.join(f"{session.token} faces", AT_ONCE) as ticket:
                    ticket.wait(lambda: not is_open(session, clip))
                    regroup(clip, wish)
                return result_of(run, clip)
        except CancelledError:
            return ""
        except Exception as error:  # noqa: BLE001  # its sentence belongs beside the buttons
            return message("correction", run, text=sentence_for(error))

    def refused(self) -> str:
        """Answer a request that never started: too many visitors are waiting already."""
        text = "Too many clips are waiting on this server; try again in a minute."
        return message("problem", None, text=text, retriable=False, at=time.time_ns())

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
                copy = self._copy(session, clip)
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
                for done in self._saving(session, clip, asked):
                    yield news(saved={"run": run, "done": done})
                name = download_name(clip, asked)
                path = asked.path(clip)
                yield news(saved={"run": run, "address": address(path), "name": name})
        except CancelledError:
            return
        except Exception as error:  # noqa: BLE001  # the boundary of a generator
            yield news(saved={"run": run, "text": sentence_for(error)})

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

    def _run(
        self, session: VisitorSession, clip: OpenClip, wish: dict[str, Any], span: Span
    ) -> Iterator[JobState]:
        model, film = self._shelf.chosen(session), clip.film
        predictor, example = model.predictor, str(wish.get("example") or "")
        if wish.get("middle"):  # somebody sees the face that the detector does not
            predictor = predictor.with_detector(open_detector("center"))
        # Read in the usual way: for everybody who asks for it.
        is_shared = example and span.is_whole and predictor is model.predictor
        if is_shared and (ready := find_ready(model, example)):
            clip.predictions = [dataclasses.replace(each, video=clip.title) for each in ready]
            clip.model = model
            return

        def work(progress: Any) -> list[Prediction]:
            predictions = predictor.predict_faces(film, progress=progress, span=span)
            return [dataclasses.replace(each, video=clip.title) for each in predictions]

        line = self._lines.analyses
        with line.join(session.token, stated_work(film, predictor, span)) as ticket:
            for place in ticket.places(lambda: not is_open(session, clip)):
                yield JobState("waiting", 0.0, ticket.left_s, place)
                time.sleep(LOOK_EVERY_S)
            clip.job = Job(work, ticket.keep)
            try:
                for state in clip.job.states():
                    if not is_open(session, clip):
                        clip.job.cancel()
                    yield state
                clip.predictions, clip.model = clip.job.result(), model
                clip.is_regrouped, clip.missing = False, None
                clip.notes.clear()
                if is_shared:
                    keep_ready(model, example, clip.predictions)
            finally:
                clip.job.cancel()
                clip.job = None

    def _copy(self, session: VisitorSession, clip: OpenClip) -> Path:
        def is_stopped() -> bool:
            return not is_open(session, clip)

        with self._lines.films.join(f"{session.token} copy") as ticket:
            ticket.wait(is_stopped)

            def still_wanted() -> bool:
                ticket.keep(is_stopped)
                return not is_stopped()

            return write_preview(clip, still_wanted=still_wanted)

    def _saving(
        self, session: VisitorSession, clip: OpenClip, asked: SaveRequest
    ) -> Iterator[float]:
        """Make the file; yields how far it is."""

        def is_stopped() -> bool:
            return not is_open(session, clip)

        # Tables are written in a moment and wait for nobody.
        line = self._lines.films if asked.is_film else Line()
        with line.join(f"{session.token} file") as ticket:
            for _ in ticket.places(is_stopped):
                yield 0.0
                time.sleep(REPORT_EVERY_S)
            job = Job(lambda progress: save_file(clip, asked, progress), ticket.keep)
            try:
                for state in job.states():
                    if is_stopped():
                        raise CancelledError
                    yield state.done
                job.result()
            finally:
                job.cancel()
