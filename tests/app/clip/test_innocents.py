"""What one visitor does to the server does not keep another from being served."""

import json
import os
import signal
import threading
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest

from app.clip.desk import ClipDesk
from app.clip.open_clip import KEY, open_clip
from app.clip.second_opinion import SecondOpinion
from app.models.shelf import ModelShelf
from app.visit import line
from app.visit.line import Lines
from app.visit.sessions import SessionStore
from core.prediction import Progress
from core.video import sandbox
from tests.app.conftest import FakePredictor

MOST_S = 60


class Busy(FakePredictor):
    """Needs an hour for every clip until the test lets it go."""

    def hold(self, is_over):
        self.started, self.is_over = threading.Event(), is_over

    def predict_faces(self, video, *, progress=None, **options):
        self.started.set()
        while not self.is_over.wait(0.001):
            progress(Progress("read", 0.1, 0.0))
        return super().predict_faces(video, progress=progress, **options)


@pytest.fixture
def over():
    over = threading.Event()
    yield over
    over.set()


@pytest.fixture
def busy(over):
    predictor = Busy(checkpoint_name="busy")
    predictor.hold(over)
    return predictor


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setattr(line, "TURN_S", 0.0)
    return SessionStore(tmp_path / "visits")


def opened(store, name, clip_file):
    """A visit with a clip open; returns what a request of it carries."""
    session = store.get(name)
    copy = session.folder / "copy.webm"
    copy.write_bytes(clip_file.read_bytes())
    open_clip(session, copy, "me.webm")
    return SimpleNamespace(session_hash=name)


def analyse(desk, request):
    messages = desk.analyse(gr.EventData(None, {"run": 1, "retry": True}), request)
    return [json.loads(message)["type"] for message in messages]


def in_thread(work, *arguments):
    results = []
    thread = threading.Thread(target=lambda: results.append(work(*arguments)), daemon=True)
    thread.start()
    return thread, results


def test_an_analysis_finishes_while_another_takes_for_ever(store, clip_file, busy, over):
    lines = Lines()
    slow = ClipDesk(ModelShelf(busy), store, lines)
    quick = ClipDesk(ModelShelf(FakePredictor()), store, lines)
    attacker = in_thread(analyse, slow, opened(store, "attacker", clip_file))
    assert busy.started.wait(MOST_S)
    thread, results = in_thread(analyse, quick, opened(store, "innocent", clip_file))
    thread.join(MOST_S)
    assert results
    assert results[0][-1] == "result"
    assert attacker[1] == []
    over.set()
    attacker[0].join(MOST_S)
    assert attacker[1][0][-1] == "result"


def test_a_second_opinion_takes_turns_with_analyses(store, clip_file, busy):
    lines, own = Lines(), FakePredictor()
    shelf = ModelShelf(own, {"busy": "a/b"}, opener=lambda *_: busy)
    desk = ClipDesk(shelf, store, lines)
    analyse(desk, opened(store, "attacker", clip_file))
    opinion = SecondOpinion(shelf, lines.analyses)
    in_thread(opinion.ask, store.get("attacker"), "busy", 0)
    assert busy.started.wait(MOST_S)
    thread, results = in_thread(analyse, desk, opened(store, "innocent", clip_file))
    thread.join(MOST_S)
    assert results[0][-1] == "result"


def test_the_work_of_a_visitor_who_leaves_ends_while_it_waits(store, clip_file, busy):
    lines = Lines()
    desk = ClipDesk(ModelShelf(busy), store, lines)
    thread, results = in_thread(analyse, desk, opened(store, "attacker", clip_file))
    assert busy.started.wait(MOST_S)
    with lines.analyses.join("another") as ticket:
        ticket.wait(lambda: False)  # the first one waits in the middle of its work now
        store.close(store.get("attacker"))
        thread.join(MOST_S)
    assert set(results[0]) == {"progress"}


def test_a_visitor_who_leaves_ends_a_decoder_that_hangs(store, clip_file):
    pids = []
    seen = threading.Event()

    def opener(path, limits, *, watch=None):
        return sandbox.open_sandboxed(path, limits, watch=stopped)

    session = store.get("attacker")
    request = opened(store, "attacker", clip_file)

    def stopped(*_):
        if session.closed:
            raise RuntimeError("closed")

    def hang():
        if not pids:
            pids.append(decoder())
            os.kill(pids[0], signal.SIGSTOP)
            seen.set()

    desk = ClipDesk(ModelShelf(FakePredictor(opener=opener, pause=hang)), store)
    thread, _ = in_thread(analyse, desk, request)
    assert seen.wait(MOST_S)
    store.close(session)
    thread.join(MOST_S)
    assert not thread.is_alive()
    assert not Path(f"/proc/{pids[0]}").exists()


def test_a_bomb_leaves_the_next_visitor_served(store, clip_file, tmp_path):
    """A film whose decoder is shot down in the middle is a sentence; the next is analysed."""
    desk = ClipDesk(ModelShelf(FakePredictor(opener=sandbox.open_sandboxed, pause=shoot())), store)
    assert analyse(desk, opened(store, "attacker", clip_file))[-1] == "problem"
    assert store.get("attacker").values[KEY].path.exists()
    assert analyse(desk, opened(store, "innocent", clip_file))[-1] == "result"


def shoot():
    shot = []

    def act():
        if not shot:
            shot.append(decoder())
            os.kill(shot[0], signal.SIGSEGV)

    return act


def decoder():
    """Number of the process that decodes."""
    (process,) = sandbox.pool.POOL._at_work
    return process.pid
