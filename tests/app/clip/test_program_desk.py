import json
import re
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest
from gradio.context import LocalContext
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.clip.parameters import description
from app.clip.program_desk import ProgramDesk
from app.clip.upload import FOR_ENDPOINT, FOR_PAGE, upload_routes
from app.door.departures import Departures
from app.examples.routes import example_name, example_path, example_routes
from app.examples.shelf import EXAMPLES, ExampleShelf
from app.models.shelf import ModelShelf
from app.visit.line import Line
from app.visit.quota import Quota
from app.visit.visitor import TOKEN_HEADER
from tests.app.conftest import FakePredictor


@pytest.fixture
def client(store):
    routes = upload_routes(store, Quota(store.get("visitor").folder))
    with TestClient(Starlette(routes=[*routes, *example_routes(ExampleShelf())])) as it:
        yield it


@pytest.fixture
def upload(client, store, clip_file):
    """The name of a clip that has come in for a visitor of the page."""
    headers = {TOKEN_HEADER: store.get("visitor").token}
    return client.post(FOR_PAGE, content=clip_file.read_bytes(), headers=headers).json()["upload"]


@pytest.fixture
def program_upload(client, clip_file):
    """The path of a clip that has come in for the programming interface."""
    with clip_file.open("rb") as file:
        (path,) = client.post(FOR_ENDPOINT, files={"files": ("me.webm", file)}).json()
    return Path(path)


def test_the_endpoint_returns_the_contract_and_keeps_nothing(predictor, store, program_upload):
    result = ProgramDesk(ModelShelf(predictor), store).predict_clip(
        {"path": str(program_upload), "orig_name": "me.webm"}
    )
    assert result["video"] == "me.webm"
    assert set(result["probabilities"]) == set(predictor.labels)
    json.dumps(result, allow_nan=False)
    assert not program_upload.parent.parent.exists()


def test_the_endpoint_names_the_file_as_its_sender_does(store, program_upload):
    endpoint = ProgramDesk(ModelShelf(FakePredictor(faces=0)), store)
    with pytest.raises(gr.Error, match=r"No face was found in me\.webm\."):
        endpoint.predict_clip({"path": str(program_upload), "orig_name": "me.webm"})
    assert not program_upload.exists()


def test_the_endpoint_reads_its_own_uploads_only(predictor, store, upload, clip_file):
    endpoint = ProgramDesk(ModelShelf(predictor), store)
    own = store.get("visitor").folder / upload / "original.webm"
    assert own.exists()
    for path in (own, clip_file, "/etc/passwd", "", "None"):
        with pytest.raises(gr.Error, match="did not arrive"):
            endpoint.predict_clip({"path": str(path)})
    assert own.exists()


def test_a_program_that_leaves_stops_its_work_within_a_second(store, program_upload):
    running, departures = threading.Event(), Departures()

    def slow():
        running.set()
        time.sleep(0.05)

    endpoint = ProgramDesk(ModelShelf(FakePredictor(pause=slow)), store, departures=departures)
    raised = []

    def ask():
        LocalContext.request.set(SimpleNamespace(session_hash="program"))
        with pytest.raises(gr.Error, match="Nobody waits") as error:
            endpoint.predict_clip({"path": str(program_upload)})
        raised.append(error)

    worker = threading.Thread(target=ask)
    worker.start()
    assert running.wait(60)
    departures.note("program")
    worker.join(60)
    assert not worker.is_alive()
    assert raised
    assert not program_upload.exists()


def test_five_at_once_with_the_same_clip_get_five_results(store, client, clip_file):
    """All clips are in before the first is looked at, and none is taken for another one's."""
    paths = []
    for _ in range(5):
        with clip_file.open("rb") as file:
            paths += client.post(FOR_ENDPOINT, files={"files": ("me.webm", file)}).json()
    assert len(set(paths)) == 5
    everybody, seen, answers = threading.Barrier(5), [], []

    class Noting(FakePredictor):
        def predict_faces(self, video, **options):
            seen.append(str(video))
            return super().predict_faces(video, **options)

    endpoint = ProgramDesk(ModelShelf(Noting()), store)

    def ask(path):
        everybody.wait(60)
        answers.append(endpoint.predict_clip({"path": path, "orig_name": "me.webm"}))

    threads = [threading.Thread(target=ask, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(seen) == sorted(paths)
    assert len(answers) == 5
    assert all(answer == answers[0] for answer in answers)
    assert not any(Path(path).exists() for path in paths)


def test_every_face_is_in_the_answer_if_asked_for(store, program_upload):
    endpoint = ProgramDesk(ModelShelf(FakePredictor(faces=3)), store)
    result = endpoint.predict_clip({"path": str(program_upload)}, all_faces=True)
    assert [face["face_id"] for face in result["faces"]] == [0, 1, 2]
    assert result["faces"][0]["probabilities"] == result["probabilities"]


def test_model_detector_and_range_reach_the_work(store, program_upload):
    other = FakePredictor(checkpoint_name="other")
    shelf = ModelShelf(FakePredictor(), {"other": "there"}, opener=lambda *_: other)
    endpoint = ProgramDesk(shelf, store)
    result = endpoint.predict_clip(
        {"path": str(program_upload)}, "other", "center", start_s=0.5, end_s=1.2
    )
    assert (result["checkpoint"], result["detector"]) == ("other", "center")
    times_s = [frame["time_s"] for frame in result["frames"]]
    assert (times_s[0], times_s[-1]) == pytest.approx((0.5, 1.1))
    assert result["range_s"][0] == 0.5


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"model": "nothing"}, "no model 'nothing'; choose one of fake"),
        ({"detector": "retina"}, "no detector 'retina'; choose one of haar"),
        ({"start_s": -1}, "begins at 0 s or later, got -1"),
        ({"start_s": 2, "end_s": 1}, "ends after it begins, got 2 s to 1 s"),
    ],
)
def test_a_wrong_parameter_is_one_sentence_and_nothing_stays(store, program_upload, given, words):
    endpoint = ProgramDesk(ModelShelf(FakePredictor()), store)
    with pytest.raises(gr.Error, match=words):
        endpoint.predict_clip({"path": str(program_upload)}, **given)
    assert not program_upload.exists()


def test_progress_tells_the_place_the_estimate_and_the_share(predictor, store, program_upload):
    line, told = Line(), []
    waiting = threading.Event()
    with line.join("before") as ticket:
        assert ticket.place == 0
    endpoint = ProgramDesk(ModelShelf(predictor), store, line)

    def progress(share, desc):
        told.append((share, desc))
        waiting.set()

    def ask():
        endpoint.predict_clip({"path": str(program_upload)}, progress=progress)

    with line.join("another"):
        worker = threading.Thread(target=ask)
        worker.start()
        assert waiting.wait(60)
    worker.join(60)
    assert told[0][1].startswith("waiting, 1 before this one, about ")
    assert next(desc for _, desc in told if not desc.startswith("waiting")) == "read"


def test_an_example_is_fetched_by_its_address_or_named_by_it(predictor, store, client):
    path = example_path(EXAMPLES[0].name)
    assert client.get(path).content[:4] == b"\x1aE\xdf\xa3"
    assert client.get("/examples/nothing.webm").status_code == 404
    result = ProgramDesk(ModelShelf(predictor), store).predict_clip(
        {"path": f"http://127.0.0.1:7860{path}", "orig_name": "example.webm"}
    )
    assert result["video"] == "example.webm"
    assert len(store.open_visits()) == 1  # the page's


@pytest.mark.parametrize(
    "address",
    [
        "/examples/drawing.webm",
        "file:///examples/drawing.webm",
        "http://host/examples/../secret.webm",
        "http://host/examples/drawing.webm?x=/examples/a.webm",
        "http://host/examples/drawing.mp4",
        "",
    ],
)
def test_no_other_address_is_an_example(address):
    assert example_name(address) is None


def test_the_panel_says_where_calls_stand_that_run_everywhere(monkeypatch):
    monkeypatch.setenv("A3LIGN_CODE", "https://code.example/a3lign")
    told = description()
    assert "https://code.example/a3lign" in told
    (document,) = re.findall(r"assets/\S+\.md", told)
    section = (Path(__file__).parents[3] / document).read_text().partition("\n## HTTP\n")[2]
    assert "```bash" in section
