import io
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.clip.open_clip import SAVED_CLIP
from app.live.desk import MAX_PER_ADDRESS, MAX_VISITORS, CameraDesk
from app.live.routes import camera_routes
from app.models.shelf import ModelShelf
from app.visit.sessions import SessionStore
from app.visit.visitor import TOKEN_HEADER, visitor_routes
from tests.app.live.doubles import FakePredictor, jpeg, pack


@pytest.fixture
def predictor():
    return FakePredictor()


@pytest.fixture
def store(tmp_path):
    return SessionStore(tmp_path)


@pytest.fixture
def client(store, predictor):
    routes = camera_routes(store, CameraDesk(ModelShelf(predictor))) + visitor_routes(store)
    with TestClient(Starlette(routes=routes)) as client:
        yield client


def post_frame(client, visitor, time_s, data=None, **query):
    settings = {"time_s": time_s, "smoothing_s": 0.6, "window_s": 2.0} | query
    return client.post(
        "/live/frame",
        params=settings,
        content=jpeg() if data is None else data,
        headers={TOKEN_HEADER: visitor.token},
    )


def post(client, visitor, path, **arguments):
    return client.post(path, headers={TOKEN_HEADER: visitor.token}, **arguments)


def test_a_frame_is_answered_with_the_curves_and_what_was_cut_out(client, store):
    answer = post_frame(client, store.get("a"), 1.5, jpeg(level=204)).json()
    assert answer["time_s"] == 1.5
    assert answer["box"] == [1, 2, 32, 32]
    assert answer["smoothed"] == pytest.approx([0.8, 0.2], abs=0.02)
    assert answer["raw"] == answer["smoothed"]
    assert answer["uncertain"] is False
    assert set(answer["milliseconds"]) == {"detect", "encode", "synchronize"}
    assert answer["crop"] == [1, 2, 32, 0]


def test_close_probabilities_are_uncertain_and_no_face_is_said(client, store):
    visitor = store.get("a")
    assert post_frame(client, visitor, 1.0, jpeg(level=130)).json()["uncertain"] is True
    black = Image.new("RGB", (64, 48))
    file = io.BytesIO()
    black.save(file, "JPEG")
    answer = post_frame(client, visitor, 3.0, file.getvalue()).json()
    assert answer["box"] is None
    assert "smoothed" not in answer


def test_everybody_is_in_the_answer_and_one_can_be_chosen(client, store):
    visitor = store.get("a")
    answer = post_frame(client, visitor, 1.0).json()
    assert answer["face"] == 0
    assert answer["faces"] == [
        {"face": 0, "box": [1, 2, 32, 32]},
        {"face": 4, "box": [30, 2, 16, 16]},
    ]
    assert post_frame(client, visitor, 2.0, face=4).json()["face"] == 4
    assert post_frame(client, visitor, 3.0).json()["face"] == 0


def test_settings_reach_the_visitors_session(client, store, predictor):
    post_frame(client, store.get("a"), 1.0, smoothing_s=1.5, window_s=3.0)
    assert predictor.sessions[0].seen == [(1.0, 1.5, 3.0)]


@pytest.mark.parametrize(
    "query",
    [
        {"time_s": "x"},
        {"time_s": "nan"},
        {"time_s": -1},
        {"time_s": 1e9},
        {"smoothing_s": 99},
        {"window_s": 0},
        {"window_s": "inf"},
        {"face": -1},
        {"face": "x"},
    ],
)
def test_settings_out_of_range_are_refused(client, store, query):
    response = post_frame(client, store.get("a"), query.pop("time_s", 1.0), **query)
    assert response.status_code == 400
    assert "must be a number from" in response.json()["message"]


@pytest.mark.parametrize("data", [b"text", b"", bytes(400_000)])
def test_anything_but_a_small_jpeg_is_refused(client, store, predictor, data):
    response = post_frame(client, store.get("a"), 1.0, data)
    assert response.status_code == 400
    assert response.json()["message"]
    assert all(session.seen == [] for session in predictor.sessions)


@pytest.mark.parametrize("path", ["/live/frame", "/live/save", "/live/calibrate", "/live/stop"])
def test_without_the_visitors_token_nothing_is_done(client, store, path):
    store.get("a")
    for headers in ({}, {TOKEN_HEADER: "a"}, {TOKEN_HEADER: "x" * 32}):
        response = client.post(path, headers=headers, content=jpeg())
        assert response.status_code == 410
        assert "reload" in response.json()["message"]
    assert client.get(path).status_code == 405


def test_an_older_frame_is_dropped(client, store, predictor):
    visitor = store.get("a")
    assert post_frame(client, visitor, 2.0).status_code == 200
    assert post_frame(client, visitor, 1.0).status_code == 204
    assert post_frame(client, visitor, 2.0).status_code == 204
    assert [time_s for time_s, *_ in predictor.sessions[0].seen] == [2.0]


def test_two_visitors_do_not_see_each_other(client, store, predictor):
    first, second = store.get("a"), store.get("b")
    bright = post_frame(client, first, 1.0, jpeg(level=240)).json()
    other = post_frame(client, second, 1.0, jpeg(level=20)).json()
    assert bright["smoothed"] != other["smoothed"]
    assert len(predictor.sessions) == 2
    post(client, first, "/live/calibrate")
    assert [session.calibrations for session in predictor.sessions] == [1, 0]


def test_calibration_can_be_forgotten(client, store, predictor):
    visitor = store.get("a")
    assert post(client, visitor, "/live/start").status_code == 204
    assert post(client, visitor, "/live/calibrate").status_code == 204
    assert predictor.sessions[0].calibrations == 1
    assert post(client, visitor, "/live/forget").status_code == 204
    assert predictor.sessions[0].calibrations == 0


def test_starting_anew_forgets_and_lets_the_clock_start_over(client, store, predictor):
    visitor = store.get("a")
    post_frame(client, visitor, 50.0)
    post(client, visitor, "/live/start")
    assert post_frame(client, visitor, 0.1).status_code == 200
    assert len(predictor.sessions) == 2


def test_a_full_server_answers_503(client, store, predictor, monkeypatch):
    monkeypatch.setattr("app.live.desk.MAX_VISITORS", 1)
    assert post(client, store.get("a"), "/live/start").status_code == 204
    response = post(client, store.get("b"), "/live/start")
    assert response.status_code == 503
    assert "cameras" in response.json()["message"]


def test_the_last_seconds_are_saved_in_the_visitors_own_folder(client, store):
    visitor = store.get("a")
    frames = [(number / 10, jpeg(level=8 * number)) for number in range(20)]
    assert post(client, visitor, "/live/save", content=pack(frames)).status_code == 204
    clip = visitor.values[SAVED_CLIP]
    assert clip.parent == visitor.folder
    assert clip.stat().st_size > 0
    assert post(client, visitor, "/live/stop").status_code == 204
    assert not clip.exists()
    assert visitor.values == {}


def test_a_damaged_clip_is_refused(client, store):
    response = post(client, store.get("a"), "/live/save", content=b"damaged")
    assert response.status_code == 400
    assert "clip" in response.json()["message"]


def test_leaving_deletes_everything_at_once(client, store):
    visitor = store.get("a")
    frames = [(number / 10, jpeg()) for number in range(3)]
    post(client, visitor, "/live/save", content=pack(frames))
    folder = visitor.folder
    assert post(client, visitor, "/visitor/leave").status_code == 204
    assert not folder.exists()
    assert visitor.closed
    assert post_frame(client, visitor, 9.0).status_code == 410


def test_one_visitor_saves_one_clip_at_a_time_and_nobody_waits_for_it(client, store, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()

    def slow(*_):
        begun.set()
        assert go_on.wait(60)

    monkeypatch.setattr("app.live.desk.write_webm", slow)
    saver, other = store.get("a"), store.get("b")
    clip = pack([(0.0, jpeg()), (0.1, jpeg())])
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(post, client, saver, "/live/save", content=clip)
        assert begun.wait(60)
        second = post(client, saver, "/live/save", content=clip)
        assert second.status_code == 409
        assert "still being saved" in second.json()["message"]
        assert post_frame(client, saver, 1.0).status_code == 200
        assert post_frame(client, other, 1.0).status_code == 200
        go_on.set()
        assert first.result().status_code == 204
    assert post(client, saver, "/live/save", content=clip).status_code == 204


def test_a_full_server_says_so_to_frames_as_to_starts(client, store):
    for number in range(MAX_VISITORS):
        assert post(client, store.get(str(number)), "/live/start").status_code == 204
    for answer in (
        post(client, store.get("x"), "/live/start"),
        post_frame(client, store.get("x"), 1),
    ):
        assert answer.status_code == 503
        assert "cameras are running" in answer.json()["message"]


def test_one_address_leaves_cameras_to_others(client, store):
    for number in range(MAX_PER_ADDRESS):
        visitor = store.get(str(number), "192.0.2.1")
        assert post(client, visitor, "/live/start").status_code == 204
    assert post(client, store.get("x", "192.0.2.1"), "/live/start").status_code == 503
    assert post(client, store.get("y", "192.0.2.2"), "/live/start").status_code == 204
    assert post(client, store.get("0"), "/live/start").status_code == 204
