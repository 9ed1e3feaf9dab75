from concurrent.futures import ThreadPoolExecutor

import pytest

from app.live.desk import ACTIVE_S, MAX_VISITORS, CameraDesk, FullError
from app.live.line import MOST_FRAMES, BusyError
from app.live.settings import FrameSettings
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


def test_a_visitors_frames_are_bounded_and_others_go_on(store, predictor):
    desk = CameraDesk(ModelShelf(predictor))
    slow, quick = store.get("slow"), store.get("quick")
    desk.start(slow)
    desk.start(quick)
    predictor.sessions[0].gate.clear()
    line = slow.values["live visit"].line
    with ThreadPoolExecutor() as pool:
        asked = []
        for number in range(MOST_FRAMES):
            settings = FrameSettings(1.0 + number, 0.6, 2.0)
            asked.append(pool.submit(desk.look, slow, jpeg(), settings))
            while len(line) <= number:
                pass
        with pytest.raises(BusyError, match="still being looked at"):
            desk.look(slow, jpeg(), FrameSettings(9.0, 0.6, 2.0))
        other = pool.submit(desk.look, quick, jpeg(), FrameSettings(1.0, 0.6, 2.0))
        predictor.sessions[0].gate.set()
        assert [each.result(60)["time_s"] for each in asked] == [1.0, 2.0, 3.0]
        assert other.result(60)["time_s"] == 1.0
    assert [time_s for time_s, *_ in predictor.sessions[0].seen] == [1.0, 2.0, 3.0]
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


def test_who_stops_leaves_the_place_to_others_at_once(store, predictor):
    desk = CameraDesk(ModelShelf(predictor), clock=lambda: 0.0)
    for number in range(3 * MAX_VISITORS):
        desk.start(store.get(str(number)))
        desk.stop(store.get(str(number)))
