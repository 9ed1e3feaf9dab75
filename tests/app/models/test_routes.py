import json

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.clip.open_clip import KEY, OpenClip, close_clip
from app.clip.second_opinion import SecondOpinion
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
    client = TestClient(Starlette(routes=model_routes(store, shelf, SecondOpinion(shelf))))

    def post(path, **query):
        headers = {TOKEN_HEADER: visitor.token}
        return client.post(f"/models/{path}", params=query, headers=headers)

    return post


@pytest.fixture
def clip(visitor, shelf, clip_file):
    clip = OpenClip(clip_file.parent, clip_file, "clip.webm")
    clip.predictions, clip.model = shelf.own.predictor.predict_faces(clip_file), shelf.own
    visitor.values[KEY] = clip
    return clip


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


def test_a_second_model_looks_at_the_open_clip_once(ask, clip, others):
    seen = []
    others["other"].pause = lambda: seen.append(1)
    answer = ask("second", name="other", face=0).json()
    assert answer["name"] == "other"
    assert {row["label"] for row in answer["rows"]} == set(SEVEN[:3])
    assert set(answer["style"]) == set(SEVEN[:3])
    frames = len(seen)
    assert frames
    assert ask("second", name="other", face=0).json() == answer
    assert len(seen) == frames


def test_a_clip_that_is_closed_stops_the_second_model(ask, clip, visitor, others):
    others["other"].pause = lambda: visitor.values.pop(KEY, None)
    answer = ask("second", name="other", face=0)
    assert answer.status_code == 400
    assert "no clip open" in answer.json()["message"]


@pytest.mark.parametrize("query", [{"face": 7}, {"face": "x"}, {"name": "damaged"}])
def test_a_second_opinion_that_cannot_be_had_is_a_sentence(ask, clip, query):
    answer = ask("second", **({"name": "other", "face": 0} | query))
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_without_a_clip_there_is_no_second_opinion(ask, visitor):
    close_clip(visitor)
    assert "no clip open" in ask("second", name="other", face=0).json()["message"]
