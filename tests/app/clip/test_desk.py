import dataclasses
import json
import threading
import time
from types import SimpleNamespace

import gradio as gr
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.clip.desk import ClipDesk
from app.clip.open_clip import SAVED_CLIP, current_clip
from app.clip.ready import prepare_examples
from app.clip.upload import FOR_PAGE, upload_routes
from app.examples.shelf import MADE_HERE, ExampleShelf
from app.models.shelf import ModelShelf
from app.visit.quota import Quota
from app.visit.visitor import TOKEN_HEADER
from tests.app.conftest import FakePredictor

REQUEST = SimpleNamespace(session_hash="visitor")


@pytest.fixture
def client(store):
    with TestClient(
        Starlette(routes=upload_routes(store, Quota(store.get("visitor").folder)))
    ) as it:
        yield it


@pytest.fixture
def upload(client, store, clip_file):
    """The name of a clip that has come in for the visitor."""
    headers = {TOKEN_HEADER: store.get("visitor").token}
    return client.post(FOR_PAGE, content=clip_file.read_bytes(), headers=headers).json()["upload"]


def event(**wish):
    return gr.EventData(None, wish)


def analyse(desk, **wish):
    return [json.loads(text) for text in desk.analyse(event(run=7, **wish), REQUEST)]


def test_an_upload_is_analysed_and_its_first_copy_is_gone(predictor, store, upload):
    messages = analyse(ClipDesk(ModelShelf(predictor), store), upload=upload, title="me.webm")
    assert {message["run"] for message in messages} == {7}
    assert [message["type"] for message in messages[:-1]] == ["progress"] * (len(messages) - 1)
    result = messages[-1]
    assert result["type"] == "result"
    assert result["data"]["title"] == "me.webm"
    assert "visitor-" in result["address"]
    assert "me.webm" not in result["address"]
    (folder,) = store.get("visitor").folder.iterdir()
    assert folder.name in result["address"]


def test_an_analysis_ends_with_the_model_it_began_with(store, upload):
    other = FakePredictor(checkpoint_name="other")

    def change_mind():
        shelf.choose(store.get("visitor"), "other")

    own = FakePredictor(pause=change_mind)
    shelf = ModelShelf(own, {"other": "there"}, opener=lambda *_: other)
    desk = ClipDesk(shelf, store)
    assert analyse(desk, upload=upload, title="me.webm")[-1]["type"] == "result"
    assert current_clip(store.get("visitor")).model is shelf.own
    analyse(desk, retry=True)
    assert current_clip(store.get("visitor")).model.predictor is other


@pytest.fixture
def example(monkeypatch):
    """The only example: a short film."""
    short = dataclasses.replace(MADE_HERE[0], duration_s=0.4)
    monkeypatch.setattr("app.examples.shelf.EXAMPLES", (short,))
    monkeypatch.setattr("app.clip.ready.EXAMPLES", (short,))
    return short


def test_an_example_is_analysed_once_per_model(predictor, store, example):
    shelf = ModelShelf(predictor)
    result = analyse(ClipDesk(shelf, store), example=example.name, title="A portrait")[-1]
    assert result["plays"]
    assert result["data"]["title"] == "A portrait"
    assert result["data"]["duration_s"] == pytest.approx(0.4, abs=0.06)
    predictor.predict_faces = None  # nobody analyses it again
    (again,) = analyse(ClipDesk(shelf, store), example=example.name, title="Once more")
    assert again["data"]["title"] == "Once more"
    clip = current_clip(store.get("visitor"))
    assert clip.model is shelf.own
    assert clip.predictions[0].video == "Once more"


def test_the_middle_of_an_example_is_nobody_elses_answer(predictor, store, example):
    desk = ClipDesk(ModelShelf(predictor), store)
    middle = analyse(desk, example=example.name, middle=True)[-1]["data"]["detector"]
    usual = analyse(desk, example=example.name)[-1]["data"]["detector"]
    assert (middle, usual) == ("center", predictor.detector.name)
    assert analyse(desk, example=example.name, middle=True)[-1]["data"]["detector"] == "center"


def test_examples_are_analysed_before_anybody_comes(predictor, store, example):
    shelf = ModelShelf(predictor)
    prepare_examples(shelf.own, ExampleShelf()).join(30)
    predictor.predict_faces = None
    (result,) = analyse(ClipDesk(shelf, store), example=example.name, title="A portrait")
    assert result["type"] == "result"


def test_an_example_that_fails_beforehand_is_analysed_when_asked_for(
    predictor, store, example, caplog
):
    shelf, analyse_it = ModelShelf(predictor), predictor.predict_faces

    def fail(*_):
        raise RuntimeError("no memory")

    predictor.predict_faces = fail
    prepare_examples(shelf.own, ExampleShelf()).join(30)
    assert "could not be analysed beforehand" in caplog.text
    predictor.predict_faces = analyse_it
    assert analyse(ClipDesk(shelf, store), example=example.name)[-1]["type"] == "result"


def test_a_clip_of_ones_own_waits_for_its_owner(predictor, store, upload):
    assert not analyse(ClipDesk(ModelShelf(predictor), store), upload=upload)[-1]["plays"]


def test_a_saved_live_clip_is_opened(predictor, store, clip_file):
    session = store.get("visitor")
    saved = session.folder / "live.webm"
    saved.write_bytes(clip_file.read_bytes())
    session.values[SAVED_CLIP] = saved
    assert analyse(ClipDesk(ModelShelf(predictor), store), saved=True)[-1]["type"] == "result"
    assert not saved.exists()


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"path": "/etc/passwd"}, "did not arrive"),
        ({"upload": "upload-guess"}, "did not arrive"),
        ({}, "did not arrive"),
        ({"example": "nothing"}, "no example"),
        ({"retry": True}, "no clip open"),
        ({"saved": True}, "no clip open"),
    ],
)
def test_a_wish_that_cannot_be_met_is_one_sentence(predictor, store, wish, words):
    (problem,) = analyse(ClipDesk(ModelShelf(predictor), store), **wish)
    assert problem["type"] == "problem"
    assert words in problem["text"]
    assert problem["text"].endswith(".")


def test_a_clip_without_a_face_is_one_sentence_with_its_name(store, upload):
    desk = ClipDesk(ModelShelf(FakePredictor(faces=0)), store)
    problem = analyse(desk, upload=upload, title="me.webm")[-1]
    assert problem["text"] == "No face was found in me.webm."
    assert not problem["retriable"]
    # Whoever sees one can have the middle looked at.
    assert problem["middle"]
    result = analyse(desk, retry=True, middle=True)[-1]
    assert result["data"]["detector"] == "center"


def test_after_an_unexpected_error_the_clip_stays_and_can_be_tried_again(store, upload):
    faults = [RuntimeError("broken")]

    def fail_once():
        if faults:
            raise faults.pop()

    desk = ClipDesk(ModelShelf(FakePredictor(pause=fail_once)), store)
    problem = analyse(desk, upload=upload, title="me.webm")[-1]
    assert problem["retriable"]
    assert "broken" not in problem["text"]
    assert analyse(desk, retry=True)[-1]["type"] == "result"


def test_forgetting_stops_the_analysis(store, upload):
    running = threading.Event()

    def slow():
        running.set()
        time.sleep(0.05)

    desk = ClipDesk(ModelShelf(FakePredictor(pause=slow)), store)
    messages = []
    worker = threading.Thread(
        target=lambda: messages.extend(analyse(desk, upload=upload, title="me.webm"))
    )
    worker.start()
    assert running.wait(60)
    folder = current_clip(store.get("visitor")).folder
    desk.forget(event(), REQUEST)
    worker.join(60)
    assert not worker.is_alive()
    assert not folder.exists()
    assert all(message["type"] == "progress" for message in messages)


def test_an_upload_that_comes_after_cancelling_is_deleted(predictor, store, upload):
    ClipDesk(ModelShelf(predictor), store).forget(event(upload=upload), REQUEST)
    assert not list(store.get("visitor").folder.iterdir())


def test_a_visitor_who_leaves_stops_the_analysis(store, upload):
    running = threading.Event()

    def slow():
        running.set()
        time.sleep(0.05)

    desk = ClipDesk(ModelShelf(FakePredictor(pause=slow)), store)
    worker = threading.Thread(target=analyse, args=(desk,), kwargs={"upload": upload})
    worker.start()
    assert running.wait(60)
    session = store.get("visitor")
    folder = session.folder
    store.close(session)
    worker.join(60)
    assert not worker.is_alive()
    assert not folder.exists()


def test_a_playable_copy_has_an_address_of_its_own(predictor, store, upload):
    desk = ClipDesk(ModelShelf(predictor), store)
    analyse(desk, upload=upload, title="me.webm")
    update = desk.preview(event(run=7), REQUEST)
    copy = json.loads(update.props["copy"])
    assert copy["address"].endswith("preview.webm")
    assert copy["run"] == 7


def test_without_a_clip_there_is_no_copy(predictor, store):
    with pytest.raises(gr.Error, match="no clip open"):
        ClipDesk(ModelShelf(predictor), store).preview(event(), REQUEST)


def test_saving_reports_progress_and_then_an_address(predictor, store, upload):
    desk = ClipDesk(ModelShelf(predictor), store)
    analyse(desk, upload=upload, title="me.webm")
    updates = [
        json.loads(update.props["saved"])
        for update in desk.save(event(run=7, kind="csv", face=0), REQUEST)
    ]
    assert updates[0]["done"] == 0
    assert updates[-1]["name"] == "me.csv"
    assert "me" not in updates[-1]["address"].rpartition("/")[2]
    assert len({update["at"] for update in updates}) == len(updates)


def test_saving_something_strange_is_one_sentence(predictor, store, upload):
    desk = ClipDesk(ModelShelf(predictor), store)
    analyse(desk, upload=upload, title="me.webm")
    (update,) = desk.save(event(kind="exe", face=0), REQUEST)
    assert "No file of kind" in json.loads(update.props["saved"])["text"]


def test_visitors_with_the_same_clip_all_get_a_result(predictor, store, client, clip_file):
    desk = ClipDesk(ModelShelf(predictor), store)
    names = [f"visitor {number}" for number in range(5)]
    uploads = {
        name: client.post(
            FOR_PAGE,
            content=clip_file.read_bytes(),
            headers={TOKEN_HEADER: store.get(name).token},
        ).json()["upload"]
        for name in names
    }
    for name in names:
        request = SimpleNamespace(session_hash=name)
        *_, last = desk.analyse(event(upload=uploads[name], title="me.webm"), request)
        assert json.loads(last)["type"] == "result"


def test_who_waits_sees_a_place_and_may_leave(predictor, store, upload):
    desk = ClipDesk(ModelShelf(predictor), store)
    with desk._lines.analyses.join("another"):
        messages = desk.analyse(event(run=7, upload=upload, title="me.webm"), REQUEST)
        first = json.loads(next(messages))
        assert (first["stage"], first["place"]) == ("waiting", 1)
        desk.forget(event(), REQUEST)
        assert list(messages) == []


@pytest.fixture
def analysed(store, upload):
    """A desk whose visitor has a result with three faces."""
    desk = ClipDesk(ModelShelf(FakePredictor(faces=3)), store)
    analyse(desk, upload=upload, title="me.webm")
    return desk


def correct(desk, **wish):
    return json.loads(desk.regroup(event(run=3, **wish), REQUEST))


def test_a_face_is_left_out_and_what_was_made_of_the_result_forgotten(analysed, store):
    clip = current_clip(store.get("visitor"))
    clip.notes["made of it"], left = 1, clip.predictions[2]
    message = correct(analysed, leave_out=[1])
    assert (message["type"], message["run"]) == ("result", 3)
    assert [face["face_id"] for face in message["data"]["faces"]] == [0, 1]
    assert [each.face_id for each in clip.predictions] == [0, 1]
    assert clip.predictions[1].probabilities.argmax() == left.probabilities.argmax()
    assert clip.is_regrouped
    assert clip.notes == {}


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"leave_out": [0, 1, 2]}, "must stay"),
        ({"leave_out": [9]}, "no face 10"),
        ({"leave_out": "all"}, "by their numbers"),
        ({}, "by their numbers"),
    ],
)
def test_what_cannot_be_corrected_is_one_sentence_and_the_result_stays(
    analysed, store, wish, words
):
    message = correct(analysed, **wish)
    assert message["type"] == "correction"
    assert words in message["text"]
    assert len(current_clip(store.get("visitor")).predictions) == 3


def test_a_part_of_the_open_clip_is_looked_at(predictor, store, upload):
    desk = ClipDesk(ModelShelf(predictor), store)
    analyse(desk, upload=upload, title="me.webm")
    *_, last = desk.analyse(event(retry=True, title="me.webm", start_s=0.5, end_s=1.0), REQUEST)
    times_s = json.loads(last)["data"]["times_s"]
    assert (times_s[0], times_s[-1]) == (0.5, 0.9)
    *_, last = desk.analyse(event(retry=True, start_s="x"), REQUEST)
    assert "number of seconds" in json.loads(last)["text"]
    assert len(current_clip(store.get("visitor")).predictions) == 1
