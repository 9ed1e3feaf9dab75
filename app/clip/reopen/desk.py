"""What does the server do with a saved result, and with the video that belongs to it?"""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TypeVar

import gradio as gr

from app.clip.messages import message, result_of
from app.clip.open_clip import analysed_clip, is_open, keep_film, open_saved, shown_name
from app.clip.upload import take_upload
from app.models.shelf import ModelShelf
from app.visit.address import address_of
from app.visit.boundary import sentence_for
from app.visit.jobs import CancelledError, Job, JobState
from app.visit.line import LOOK_EVERY_S, Line
from app.visit.sessions import SessionStore, VisitorSession
from app.visit.workload import Workload, stated_work
from core.errors import ResultError
from core.prediction import Prediction, ProgressCallback
from core.saved.film import join_video
from core.saved.read import read_result

Result = TypeVar("Result")

Event = gr.EventData
Request = gr.Request

# Reading a result takes a moment; who waits behind a film need not wait for its end.
READING = Workload(1.0, 10.0)
# A film is decoded in a tenth of the time that an analysis takes.
SHARE_OF_ANALYSIS = 0.1


class ReopenDesk:
    """The tab's callbacks about saved results; nothing is analysed here.

    Args:
        shelf: The models, for the way in which videos are opened.
        store: The visitors.
        line: Where heavy work takes turns: a foreign file may be large.
    """

    def __init__(self, shelf: ModelShelf, store: SessionStore, line: Line | None = None) -> None:
        self._shelf = shelf
        self._store = store
        self._line = line or Line()

    def reopen(self, event: Event, request: Request) -> Iterator[str]:
        """Show a saved result that has come in; yields messages for the page."""
        yield from self._answer(event, request, self._show, "problem")

    def join(self, event: Event, request: Request) -> Iterator[str]:
        """Give the open result the video that has come in; yields messages for the page."""
        yield from self._answer(event, request, self._join, "unjoined")

    def _answer(
        self, event: Event, request: Request, act: Callable[..., Iterator[str]], problem: str
    ) -> Iterator[str]:
        wish = event._data or {}
        run, title = wish.get("run"), shown_name(wish.get("title", "the file"))
        stored = ""
        try:
            session = self._store.get(str(request.session_hash), address_of(request))
            with session.in_use():
                source = take_upload(session, str(wish.get("upload")))
                stored = source.name
                try:
                    yield from act(session, run, source, title)
                finally:
                    shutil.rmtree(source.parent, ignore_errors=True)
        except CancelledError:
            return
        except Exception as error:  # noqa: BLE001  # the boundary of a generator
            yield message(problem, run, text=sentence_for(error, title, stored), retriable=False)

    def _show(
        self, session: VisitorSession, run: object, source: Path, title: str
    ) -> Iterator[str]:
        states = self._work(
            session,
            lambda _: read_result(source, name=title),
            work=READING,
            is_stopped=lambda: session.closed,
        )
        for state in states:
            if isinstance(state, JobState):
                yield message("progress", run, **asdict(state))
            else:
                clip = open_saved(session, state)
                yield result_of(run, clip, marks=state.marks)

    def _join(
        self, session: VisitorSession, run: object, source: Path, title: str
    ) -> Iterator[str]:
        clip = analysed_clip(session)
        if clip.missing is None:
            raise ResultError("this result was made here, from its own video")
        predictor = self._shelf.chosen(session).predictor
        wanted = stated_work(source, predictor)

        def join(progress: ProgressCallback) -> list[Prediction]:
            return join_video(
                clip.predictions,
                source,
                name=title,
                limits=predictor.limits,
                opener=predictor.opener,
                progress=progress,
            )

        states = self._work(
            session,
            join,
            work=replace(wanted, frames=wanted.frames * SHARE_OF_ANALYSIS),
            is_stopped=lambda: not is_open(session, clip),
        )
        for state in states:
            if isinstance(state, JobState):
                yield message("joining", run, **asdict(state))
            else:
                clip.path = keep_film(clip, source)
                clip.predictions = state
                clip.notes.clear()
                yield result_of(run, clip)

    def _work(
        self,
        session: VisitorSession,
        act: Callable[[ProgressCallback], Result],
        *,
        work: Workload,
        is_stopped: Callable[[], bool],
    ) -> Iterator[JobState | Result]:
        """Do something in its turn; yields how far it is, and what came out last."""
        with self._line.join(session.token, work) as ticket:
            for place in ticket.places(is_stopped):
                yield JobState("waiting", 0.0, ticket.left_s, place)
                time.sleep(LOOK_EVERY_S)
            job = Job(act, ticket.keep)
            try:
                for state in job.states():
                    if is_stopped():
                        job.cancel()
                    yield state
                yield job.result()
            finally:
                job.cancel()
