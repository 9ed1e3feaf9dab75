import json

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.models.routes import model_routes
from app.models.shelf import ModelShelf
from app.visit.sessions import SessionStore
from app.visit.visitor import TOKEN_HEADER
from core.errors import CheckpointError
from core.labels import SEVEN
from tests.app.conftest import FakePredictor


@pytest.fixture
def others():
    return {"other": FakePredictor(checkpoint_name="other", labels=SEVEN[:3])}


@pytest.fixture
def shelf(tmp_path, others):
    folder = tmp_path / "other"
    folder.mkdir()
    config = {"method": "a3lign", "model": {"labels": ["a", "b"], "backbone": {"name": "FaceCLIP"}}}
    (folder / "config.json").write_text(json.dumps(config))

    def open_model(name, _source):
        if name not in others:
            raise CheckpointError(f"{name} is damaged")
        return others[name]

    sources = {"other": str(folder), "damaged": "owner/damaged"}
    return ModelShelf(FakePredictor(), sources, opener=open_model)


@pytest.fixture
def store(tmp_path):
    return SessionStore(tmp_path / "visits")


@pytest.fixture
def visitor(store):
    return store.get("visitor")


@pytest.fixture
def ask(store, shelf, visitor):
    client = TestClient(Starlette(routes=model_routes(store, shelf)))

    def post(path, **query):
        headers = {TOKEN_HEADER: visitor.token}
        return client.post(f"/models/{path}", params=query, headers=headers)

    return post


def test_the_list_says_what_each_model_is(ask):
    answer = ask("list").json()
    assert [each["name"] for each in answer["models"]] == ["fake", "other", "damaged"]
    notes = [each["note"] for each in answer["models"]]
    assert notes == [
        "fake, fake CLIP, 7 expressions; every visit begins with it",
        "a3lign, FaceCLIP, 2 expressions",
        "from Hugging Face",
    ]
    assert answer["chosen"]["name"] == "fake"
    assert answer["hub"] is False


def test_settings_that_cannot_be_read_do_not_hide_the_list(ask, tmp_path):
    (tmp_path / "other" / "config.json").write_text("[")
    assert "cannot be read" in ask("list").json()["models"][1]["note"]


def test_choosing_returns_what_the_page_shows(ask, shelf, visitor):
    answer = ask("choose", name="other").json()
    assert answer["name"] == "other"
    assert list(answer["live"]["classes"]) == list(SEVEN[:3])
    assert shelf.chosen(visitor).name == "other"
    assert ask("list").json()["chosen"]["name"] == "other"


def test_a_model_that_does_not_open_is_a_sentence(ask, shelf, visitor):
    answer = ask("choose", name="damaged")
    assert answer.status_code == 400
    assert answer.json()["message"] == "damaged is damaged"
    assert shelf.chosen(visitor).name == "fake"
