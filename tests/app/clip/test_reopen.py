"""A saved result on the page again."""

import json
from dataclasses import replace
from types import SimpleNamespace

import gradio as gr
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.clip.desk import ClipDesk
from app.clip.files import SaveRequest, save_file
from app.clip.open_clip import NoVideoError, current_clip
from app.clip.reopen.desk import ReopenDesk
from app.clip.second_opinion import SecondOpinion
from app.clip.upload import FOR_PAGE, upload_routes
from app.export.document import result_json
from app.models.shelf import ModelShelf
from app.visit.quota import Quota
from app.visit.visitor import TOKEN_HEADER
from core.annotations import Mark
from tests.app.conftest import FakePredictor

REQUEST = SimpleNamespace(session_hash="visitor")


@pytest.fixture
def predictor():
    return FakePredictor(faces=2)


@pytest.fixture
def send(store):
    """Let a file come in for the visitor; returns its name there."""
    session = store.get("visitor")
    routes = upload_routes(store, Quota(session.folder))
    with TestClient(Starlette(routes=routes)) as client:

        def post(content):
            headers = {TOKEN_HEADER: session.token}
            return client.post(FOR_PAGE, content=content, headers=headers).json()["upload"]

        yield post


@pytest.fixture
def saved(predictor, clip_file):
    """The JSON that the page saved of the clip, marks included."""
    faces = [
        replace(each, video="mine.webm", frames_read=20)
        for each in predictor.predict_faces(clip_file)
    ]
    return result_json(faces, marks=[Mark(0.5, 1.0, "smiles")]).encode()


@pytest.fixture
def desk(predictor, store):
    return ReopenDesk(ModelShelf(predictor), store)


def heard(messages):
    return [json.loads(text) for text in messages]


def event(**wish):
    return gr.EventData(None, {"run": 5, **wish})


def reopen(desk, name, title="result.json"):
    return heard(desk.reopen(event(upload=name, title=title), REQUEST))


def join(desk, name, title="mine.webm"):
    return heard(desk.join(event(upload=name, title=title), REQUEST))


def test_a_result_opens_without_its_video(desk, store, send, saved, predictor):
    predictor.predict_faces = None  # nothing is analysed
    *working, result = reopen(desk, send(saved))
    assert {message["type"] for message in working} == {"progress"}
    assert (result["type"], result["run"], result["address"]) == ("result", 5, None)
    data = result["data"]
    assert data["title"] == "mine.webm"
    assert len(data["faces"]) == 2
    assert data["marks"] == [{"start_s": 0.5, "end_s": 1.0, "text": "smiles"}]
    assert data["saved"] == {"missing": [], "has_video": False}
    assert data["faces"][0]["crops"] == []
    clip = current_clip(store.get("visitor"))
    assert [path.name for path in clip.folder.iterdir()] == []
    for kind in ("csv", "json", "report", "eaf", "textgrid", "boris"):
        assert save_file(clip, SaveRequest(kind, 1), lambda _: None).stat().st_size
    with pytest.raises(NoVideoError):
        save_file(clip, SaveRequest("webm"), lambda _: None)


def test_its_video_gives_the_pictures_and_is_then_the_open_clip(
    desk, store, send, saved, predictor, clip_file
):
    before = reopen(desk, send(saved))[-1]["data"]
    predict, predictor.predict_faces = predictor.predict_faces, None
    *working, result = join(desk, send(clip_file.read_bytes()))
    assert {message["type"] for message in working} == {"joining"}
    data = result["data"]
    assert data["saved"] == {"missing": [], "has_video": True}
    assert "marks" not in data  # those of the page stay
    assert len(data["faces"][1]["crops"]) == 20
    for face, other in zip(before["faces"], data["faces"], strict=True):
        assert face | {"crops": other["crops"], "record": other["record"]} == other
    clip = current_clip(store.get("visitor"))
    assert clip.path.name in result["address"]
    assert [path.name for path in clip.folder.parent.iterdir()] == [clip.folder.name]
    predictor.predict_faces = predict
    shelf = ModelShelf(predictor)
    again = heard(ClipDesk(shelf, store).analyse(event(retry=True), REQUEST))[-1]
    assert "saved" not in again["data"]


def test_what_is_no_video_is_refused_and_the_result_stays(desk, store, send, saved):
    reopen(desk, send(saved))
    (message,) = join(desk, "guess", "other.webm")
    assert (message["type"], message["text"][:24]) == ("unjoined", "The video did not arrive")
    (message,) = join(desk, send(b"no video"), "Other.webm")[-1:]
    assert message["text"].startswith("Other.webm ")
    assert "original" not in message["text"]
    clip = current_clip(store.get("visitor"))
    assert clip.path is None
    assert len(clip.predictions) == 2


def test_a_video_with_other_frames_is_refused(desk, store, send, saved, clip_file):
    reopen(desk, send(saved.replace(b'"frames_read": 20', b'"frames_read": 30')))
    message = join(desk, send(clip_file.read_bytes()), "other.webm")[-1]
    assert message["type"] == "unjoined"
    assert message["text"].startswith("other.webm is not the video of this result")
    left = list(store.get("visitor").folder.iterdir())
    assert left == [current_clip(store.get("visitor")).folder]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"a": 1}', "Notes.json is no result of this program"),
        (b"\x00\x01", "Notes.json is no JSON or a damaged one"),
        (b'{"video": 1', "Notes.json is no JSON or a damaged one"),
    ],
)
def test_a_file_that_is_no_result_is_one_sentence(desk, store, send, content, words):
    message = reopen(desk, send(content), "Notes.json")[-1]
    assert message["type"] == "problem"
    assert message["text"].startswith(words)
    assert not message["retriable"]
    assert list(store.get("visitor").folder.iterdir()) == []


def test_what_was_analysed_here_takes_no_other_video(desk, store, send, clip_file, predictor):
    analysis = ClipDesk(ModelShelf(predictor), store)
    name = send(clip_file.read_bytes())
    heard(analysis.analyse(event(upload=name, title="mine.webm"), REQUEST))
    message = join(desk, send(clip_file.read_bytes()))[-1]
    assert "from its own video" in message["text"]


def test_a_face_is_left_out_but_none_are_merged(desk, store, send, saved, predictor):
    reopen(desk, send(saved))
    analysis = ClipDesk(ModelShelf(predictor), store)
    refused = json.loads(analysis.regroup(event(merge=[0, 1]), REQUEST))
    assert "analyse the video again" in refused["text"]
    left = json.loads(analysis.regroup(event(leave_out=[0]), REQUEST))
    assert len(left["data"]["faces"]) == 1
    assert left["data"]["saved"]["has_video"] is False


def test_without_the_video_no_other_model_can_look(desk, store, send, saved, predictor):
    reopen(desk, send(saved))
    other = FakePredictor(checkpoint_name="other")
    shelf = ModelShelf(predictor, {"other": "there"}, opener=lambda *_: other)
    with pytest.raises(NoVideoError, match="add it"):
        SecondOpinion(shelf).ask(store.get("visitor"), "other", 0)
