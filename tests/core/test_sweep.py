import cv2
import numpy as np
import pytest

from core.faces import sweep
from core.faces.box import FaceBox, crop_face
from core.faces.haar import HaarDetector
from core.faces.search import RegionSearch
from core.faces.sweep import Sweep, best_of_each

FRAME = np.zeros((100, 200, 3), np.uint8)
UPRIGHT = FaceBox(20, 20, 40, 0.4)
TILTED = FaceBox(22, 20, 40, 0.9, 90)


@pytest.fixture(scope="module")
def haar():
    return HaarDetector()


class Plain:
    """A detector whose views are given to the test; its own methods are never called."""

    name = "plain"
    licence = "none"
    knows_tilt = True

    def detect(self, _):
        raise AssertionError

    def detect_from(self, *_):
        raise AssertionError

    def detect_near(self, *_):
        raise AssertionError

    def level(self, _, box):
        return box


@pytest.fixture
def views(monkeypatch):
    """Two views that find what the test puts there; their calls are counted."""

    class Views(dict):
        calls = 0

    found = Views(first=[], second=[])

    def view(name):
        def look(detector, frame):
            found.calls += 1
            return found[name]

        return look

    monkeypatch.setattr(sweep, "VIEWS", (view("first"), view("second")))
    return found


def test_a_sure_face_needs_no_other_view(views):
    sure = FaceBox(20, 20, 40, 0.6)
    assert Sweep(Plain()).complete(FRAME, 0.0, [sure]) == [sure]
    assert views.calls == 0


def test_of_all_views_the_surest_is_believed(views):
    views["second"] = [TILTED]
    assert Sweep(Plain()).complete(FRAME, 0.0, [UPRIGHT]) == [TILTED]


def test_an_unsure_face_is_believed_where_no_view_has_a_better_one(views):
    views["second"] = [FaceBox(22, 20, 40, 0.3, 90)]
    assert Sweep(Plain()).complete(FRAME, 0.0, [UPRIGHT]) == [UPRIGHT]


def test_a_view_that_helped_is_searched_until_it_no_longer_does(views):
    looking = Sweep(Plain())
    views["second"] = [TILTED]
    looking.complete(FRAME, 0.0, [])
    views.calls = 0
    assert looking.complete(FRAME, 0.1, [UPRIGHT]) == [TILTED]
    assert views.calls == 1
    views["second"] = []
    sure = FaceBox(20, 20, 40, 1.0)
    assert looking.complete(FRAME, 0.2, [sure]) == [sure]
    assert looking.complete(FRAME, 0.3, [sure]) == [sure]
    assert views.calls == 2


def test_sweeps_in_vain_get_rarer_down_to_one_in_four_seconds(views):
    looking = Sweep(Plain())
    swept = []
    for row in range(300):
        before = views.calls
        looking.complete(FRAME, row / 10, [])
        if views.calls > before:
            swept.append(row / 10)
    assert swept == [0.0, 2.0, 6.0, 10.0, 14.0, 18.0, 22.0, 26.0]


def test_where_a_face_just_was_an_unsure_one_is_believed(views):
    looking = Sweep(Plain())
    looking.complete(FRAME, 0.0, [])
    looking.trust([UPRIGHT], 0.0)
    elsewhere = FaceBox(120, 20, 40, 0.4)
    assert looking.complete(FRAME, 0.4, [UPRIGHT, elsewhere]) == [UPRIGHT]
    assert looking.complete(FRAME, 0.95, [UPRIGHT]) == []


def test_who_was_here_a_moment_ago_is_not_looked_for_in_every_way(views):
    looking = Sweep(Plain())
    looking.trust([UPRIGHT], 0.0)
    assert looking.complete(FRAME, 0.2, []) == []
    assert views.calls == 0
    looking.complete(FRAME, 0.3, [])
    assert views.calls > 0


def test_after_a_cut_nothing_is_trusted(views):
    looking = Sweep(Plain())
    looking.complete(FRAME, 0.0, [])
    looking.trust([UPRIGHT], 0.0)
    looking.forget()
    assert looking.complete(FRAME, 0.1, [UPRIGHT]) == []


def test_a_face_in_two_views_is_one():
    assert best_of_each([UPRIGHT, FaceBox(120, 20, 40), TILTED]) == [FaceBox(120, 20, 40), TILTED]


def tilted(portrait, box, roll):
    """The portrait turned around the face's middle, on a frame with room; the face's new place."""
    wide = cv2.copyMakeBorder(portrait, 100, 100, 150, 150, cv2.BORDER_REFLECT)
    moved = box.shifted(150, 100)
    matrix = cv2.getRotationMatrix2D(moved.center, -roll, 1.0)
    return cv2.warpAffine(wide, matrix, wide.shape[1::-1]), moved


def likeness(first, second):
    """Correlation of two crops."""
    first, second = (cv2.resize(crop, (32, 32)).astype(float).ravel() for crop in (first, second))
    return float(np.corrcoef(first, second)[0, 1])


@pytest.mark.parametrize("roll", [30, -45, 60, 90, 135, 180])
def test_a_tilted_head_is_found_and_cut_out_upright(haar, portrait, portrait_face, roll):
    frame, place = tilted(portrait, portrait_face, roll)
    (box,) = RegionSearch(haar).detect(frame, 0.0)
    assert box.overlap(place) > 0.6
    upright = crop_face(portrait, portrait_face)
    assert likeness(crop_face(frame, box), upright) > 0.5
    assert likeness(crop_face(frame, FaceBox(box.x, box.y, box.side)), upright) < 0.5


def test_a_tilted_head_is_followed_near_its_place(monkeypatch, haar, portrait, portrait_face):
    frame, place = tilted(portrait, portrait_face, 90)
    search = RegionSearch(haar)
    search.detect(frame, 0.0)
    monkeypatch.setattr(haar, "detect", pytest.fail)  # the whole frame is no longer searched
    (box,) = search.detect(frame, 0.1)
    assert box.overlap(place) > 0.6
    assert abs(box.roll - 90) <= 15


@pytest.mark.parametrize("side", [97, 80])
def test_a_small_picture_in_a_picture_is_found(haar, portrait, portrait_face, side):
    zoom = side / portrait_face.side
    small = cv2.resize(portrait, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    frame = np.full((720, 1280, 3), 120, np.uint8)
    frame[100 : 100 + small.shape[0], 700 : 700 + small.shape[1]] = small
    (box,) = RegionSearch(haar).detect(frame, 0.0)
    assert box.overlap(portrait_face.scaled(zoom).shifted(700, 100)) > 0.6


def test_a_face_that_overfills_the_picture_is_found_and_followed(haar, portrait, portrait_face):
    share = 0.8
    frame = crop_face(portrait, portrait_face, scale=share)
    frame = cv2.resize(frame, (400, 400), interpolation=cv2.INTER_CUBIC)
    search = RegionSearch(haar)
    for time_s in (0.0, 0.1):
        (box,) = search.detect(frame, time_s)
        assert box.overlap(FaceBox(-50, -50, 500)) > 0.6


def test_a_view_of_a_wall_is_nobody(haar):
    wall = np.full((360, 640, 3), 120, np.uint8)
    cv2.rectangle(wall, (100, 60), (240, 300), (60, 40, 30), -1)
    assert RegionSearch(haar).detect(wall, 0.0) == []
