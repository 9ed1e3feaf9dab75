import threading

import pytest

from app.live.desk import ACTIVE_S, MAX_VISITORS, BusyError, CameraDesk, FrameSettings, FullError
from app.models.shelf import ModelShelf
from app.visit.sessions import SessionStore
from core.errors import ConfigError
from tests.app.live.doubles import FakePredictor, jpeg


@pytest.fixture
def predictor():
    return FakePredictor()


@pytest.fixture
def store(tmp_path):
    return SessionStore(tmp_path)


def test_a_missing_setting_is_named():
    with pytest.raises(ConfigError, match="time_s"):
        FrameSettings.from_query({})


def test_one_frame_per_visitor_at_a_time_and_others_go_on(store, predictor):
    desk = CameraDesk(ModelShelf(predictor))
    slow, quick = store.get("slow"), store.get("quick")
    desk.start(slow)
    desk.start(quick)
    predictor.sessions[0].gate.clear()
    settings = [FrameSettings(time_s, 0.6, 2.0) for time_s in (1.0, 2.0)]
    first = threading.Thread(target=desk.look, args=(slow, jpeg(), settings[0]))
    first.start()
    while not slow.values["live visit"].busy.locked():
        pass
    with pytest.raises(BusyError, match="still being looked at"):
        desk.look(slow, jpeg(), settings[1])
    other = threading.Thread(target=desk.look, args=(quick, jpeg(), settings[0]))
    other.start()
    predictor.sessions[0].gate.set()
    first.join(60)
    other.join(60)
    assert len(predictor.sessions[0].seen) == 1
    assert len(predictor.sessions[1].seen) == 1


def test_frames_go_to_the_model_that_the_visitor_chose(store, predictor):
    other = FakePredictor()
    shelf = ModelShelf(predictor, {"other": "there"}, opener=lambda *_: other)
    desk, visitor = CameraDesk(shelf), store.get("a")
    first, second = (FrameSettings(time_s, 0.6, 2.0) for time_s in (1.0, 2.0))
    assert desk.look(visitor, jpeg(), first)["model"] == "fake"
    shelf.choose(visitor, "other")
    assert desk.look(visitor, jpeg(), second)["model"] == "other"
    assert [len(each.sessions[0].seen) for each in (predictor, other)] == [1, 1]


def test_a_full_server_says_so_and_recovers(store, predictor):
    now = [0.0]
    desk = CameraDesk(ModelShelf(predictor), clock=lambda: now[0])
    for number in range(MAX_VISITORS):
        desk.start(store.get(str(number)))
    desk.start(store.get("0"))
    with pytest.raises(FullError, match="try again"):
        desk.start(store.get("late"))
    now[0] += ACTIVE_S + 1
    desk.start(store.get("late"))
