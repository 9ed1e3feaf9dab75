import json
import types

import gradio as gr
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.visit import visitor
from app.visit.sessions import DEPARTURE_S, HIDDEN_SILENCE_S, VISIBLE_SILENCE_S, SessionStore
from app.visit.visitor import TOKEN_HEADER, Reception, visitor_routes


@pytest.fixture
def now():
    return [0.0]


@pytest.fixture
def store(tmp_path, now):
    return SessionStore(tmp_path, clock=lambda: now[0])


@pytest.fixture
def client(store):
    with TestClient(Starlette(routes=visitor_routes(store))) as client:
        yield client


def page(session_hash):
    return types.SimpleNamespace(session_hash=session_hash)


def ping(client, token, hidden):
    return client.post("/visitor/ping", params={"hidden": hidden}, headers={TOKEN_HEADER: token})


def test_a_page_learns_its_own_token_only(store):
    reception = Reception(store)
    first = json.loads(reception.welcome(page("a")))["token"]
    second = json.loads(reception.welcome(page("b")))["token"]
    assert first != second
    assert json.loads(reception.welcome(page("a")))["token"] == first
    assert store.by_token(first) is store.get("a")


def test_pings_keep_a_visit(client, store, now):
    session = store.get("a")
    for _ in range(4):
        now[0] += VISIBLE_SILENCE_S - 1
        assert ping(client, session.token, "0").status_code == 204
        assert store.reap() == 0
    assert ping(client, session.token, "1").status_code == 204
    now[0] += HIDDEN_SILENCE_S - 1
    assert store.reap() == 0


def test_a_broken_connection_without_pings_ends_the_visit(store, now):
    session = store.get("a")
    Reception(store).depart(page("a"))
    now[0] += DEPARTURE_S + 1
    store.reap()
    assert session.closed


def test_erasing_deletes_and_the_page_gets_a_new_visit(store):
    reception = Reception(store)
    before = json.loads(reception.welcome(page("a")))["token"]
    session = store.by_token(before)
    folder = session.folder
    reception.erase(page("a"))
    assert not folder.exists()
    assert json.loads(reception.welcome(page("a")))["token"] != before


def test_a_visit_is_ended_by_its_own_page_only(client, store):
    session = store.get("a")
    assert client.post("/visitor/leave", headers={TOKEN_HEADER: "guess"}).status_code == 410
    assert not session.closed
    assert client.post("/visitor/leave", headers={TOKEN_HEADER: session.token}).status_code == 204
    assert session.closed
    assert ping(client, session.token, "0").status_code == 410


def test_the_page_part_greets_and_listens_for_the_end(store):
    with gr.Blocks(analytics_enabled=False) as blocks:
        visitor.render(store)
    events = blocks.get_config_file()["dependencies"]
    targets = {target[1] for event in events for target in event["targets"]}
    assert targets == {"welcome", "unload"}
