import threading
import time

import pytest

from app.visit.sessions import (
    DEPARTURE_S,
    HIDDEN_SILENCE_S,
    MOST_PER_ADDRESS,
    MOST_VISITS,
    VISIBLE_SILENCE_S,
    SessionEndedError,
    SessionStore,
    TooManyVisitsError,
)


class Clock:
    def __init__(self):
        self.now_s = 1000.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path, clock):
    return SessionStore(tmp_path / "visitors", clock=clock)


def test_one_visitor_keeps_one_session_and_two_share_nothing(store):
    first, second = store.get("a"), store.get("b")
    assert store.get("a") is first
    first.values["clip"] = 1
    assert second.values == {}
    assert first.folder != second.folder
    assert first.token != second.token
    assert store.by_token(second.token) is second


def test_tokens_cannot_be_guessed_from_each_other_or_from_the_session_id(store):
    tokens = {store.get(str(number)).token for number in range(50)}
    assert len(tokens) == 50
    assert min(map(len, tokens)) >= 32
    with pytest.raises(SessionEndedError, match="reload the page"):
        store.by_token("a")


def test_folder_is_made_on_first_use_only(store, tmp_path):
    session = store.get("a")
    assert not (tmp_path / "visitors").exists()
    assert session.folder.is_dir()
    assert session.folder is session.folder


def test_silence_ends_a_visit_and_deletes_everything(store, clock):
    session = store.get("a")
    (session.folder / "face.jpg").write_bytes(b"x")
    session.values["clip"] = "x"
    folder = session.folder
    clock.now_s += VISIBLE_SILENCE_S - 0.1
    assert store.reap() == 0
    clock.now_s += 0.2
    assert store.reap() == 1
    assert not folder.exists()
    assert session.values == {}
    assert len(store) == 0
    with pytest.raises(SessionEndedError):
        _ = session.folder
    with pytest.raises(SessionEndedError):
        store.by_token(session.token)


def test_what_we_promise_fits_into_thirty_seconds():
    assert VISIBLE_SILENCE_S < 28
    assert DEPARTURE_S < 28


def test_signs_of_life_keep_a_visit_and_a_hidden_page_may_be_silent_longer(store, clock):
    session = store.get("a")
    for _ in range(5):
        clock.now_s += VISIBLE_SILENCE_S - 1
        session.touch()
        assert store.reap() == 0
    session.touch(hidden=True)
    clock.now_s += HIDDEN_SILENCE_S - 1
    assert store.reap() == 0
    clock.now_s += 2
    assert store.reap() == 1


def test_a_broken_connection_ends_the_visit_soon_unless_the_page_speaks_again(store, clock):
    gone, back = store.get("gone"), store.get("back")
    gone.touch(hidden=True)
    store.depart("gone")
    store.depart("back")
    store.depart("never seen")
    clock.now_s += DEPARTURE_S - 1
    back.touch()
    clock.now_s += 2
    store.reap()
    assert gone.closed
    assert not back.closed


def test_work_keeps_a_silent_visit_but_not_one_that_left(store, clock):
    silent, left = store.get("silent"), store.get("left")
    with silent.in_use(), left.in_use():
        store.depart("left")
        clock.now_s += 10 * VISIBLE_SILENCE_S
        store.reap()
        assert not silent.closed
        assert left.closed
    clock.now_s += DEPARTURE_S + 1
    store.reap()
    assert silent.closed


def test_files_written_by_work_after_the_end_are_deleted_too(store):
    session = store.get("a")
    folder = session.folder
    with session.in_use():
        store.close(session)
        folder.mkdir()
        (folder / "late.webm").write_bytes(b"x")
    assert not folder.exists()
    with pytest.raises(SessionEndedError), session.in_use():
        pass


def test_a_closed_visit_starts_afresh_under_the_same_id(store):
    first = store.get("a")
    first.values["clip"] = 1
    store.close(first)
    second = store.get("a")
    assert second is not first
    assert second.values == {}


def test_closing_one_visit_leaves_the_others_files(store):
    first, second = store.get("a"), store.get("b")
    (second.folder / "kept").write_bytes(b"x")
    store.close(first)
    store.close(first)
    assert (second.folder / "kept").exists()
    assert len(store) == 1


def test_background_deletion_runs_and_stops(tmp_path, clock, monkeypatch):
    monkeypatch.setattr("app.visit.sessions.REAP_EVERY_S", 0.01)
    store = SessionStore(tmp_path, clock=clock)
    store.start()
    store.start()
    assert sum(thread.name == "session-reaper" for thread in threading.enumerate()) == 1
    session = store.get("a")
    clock.now_s += VISIBLE_SILENCE_S + 1
    deadline = time.monotonic() + 60
    while not session.closed and time.monotonic() < deadline:
        time.sleep(0.01)
    assert session.closed
    kept = store.get("b")
    folder = kept.folder
    store.stop()
    assert not folder.exists()
    assert all(thread.name != "session-reaper" for thread in threading.enumerate())


def test_one_address_cannot_open_all_visits(store):
    for number in range(MOST_PER_ADDRESS):
        store.get(str(number), "192.0.2.1")
    with pytest.raises(TooManyVisitsError, match="Too many pages"):
        store.get("one more", "192.0.2.1")
    assert store.get("0", "192.0.2.1").address == "192.0.2.1"
    store.get("another", "192.0.2.2")
    store.close(store.get("0"))
    store.get("one more", "192.0.2.1")


def test_all_together_have_a_limit_too(store):
    for number in range(MOST_VISITS):
        store.get(str(number))
    with pytest.raises(TooManyVisitsError):
        store.get("one more")
