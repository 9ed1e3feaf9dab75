import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.clip.open_clip import KEY, OpenClip, close_clip
from app.clip.routes import clip_routes
from app.clip.second_opinion import SecondOpinion
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
def shelf(others):
    def open_model(name, _source):
        if name not in others:
            raise CheckpointError(f"{name} is damaged")
        return others[name]

    sources = {"other": "owner/other", "damaged": "owner/damaged"}
    return ModelShelf(FakePredictor(), sources, opener=open_model)


@pytest.fixture
def store(tmp_path):
    return SessionStore(tmp_path / "visits")


@pytest.fixture
def visitor(store):
    return store.get("visitor")


@pytest.fixture
def ask(store, shelf, visitor):
    client = TestClient(Starlette(routes=clip_routes(store, SecondOpinion(shelf))))

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
