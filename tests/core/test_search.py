import numpy as np
import pytest

from core.faces.box import FaceBox
from core.faces.detectors import CenterCrop, HaarDetector
from core.faces.search import RegionSearch

FRAME = np.zeros((100, 200, 3), np.uint8)


class Scripted:
    """Finds what ``faces`` holds, and notes how it was asked."""

    name = "scripted"
    licence = "none"

    def __init__(self, *faces):
        self.faces = list(faces)
        self.asked = []

    def detect(self, _):
        self.asked.append("all")
        return list(self.faces)

    def detect_near(self, _, around):
        self.asked.append("near")
        return [face for face in self.faces if face.overlap(around) > 0.05]


def test_a_known_face_is_looked_for_in_its_place_only():
    detector = Scripted(FaceBox(50, 20, 40))
    search = RegionSearch(detector)
    for row in range(5):
        detector.faces = [FaceBox(50 + 3 * row, 20, 40)]
        assert search.detect(FRAME, row / 15) == detector.faces
    assert detector.asked == ["all"] + ["near"] * 4


def test_without_a_known_face_the_whole_frame_is_searched():
    detector = Scripted()
    search = RegionSearch(detector)
    for row in range(3):
        assert search.detect(FRAME, row / 15) == []
    assert detector.asked == ["all"] * 3


def test_newcomers_are_found_within_a_second():
    detector = Scripted(FaceBox(10, 20, 40))
    search = RegionSearch(detector)
    search.detect(FRAME, 0.0)
    detector.faces.append(FaceBox(120, 20, 40))
    counts = [len(search.detect(FRAME, row / 10)) for row in range(1, 12)]
    assert counts[0] == 1
    assert counts[9:] == [2, 2]


def test_a_lost_face_is_looked_for_everywhere_at_once():
    detector = Scripted(FaceBox(10, 20, 40))
    search = RegionSearch(detector)
    search.detect(FRAME, 0.0)
    detector.faces = [FaceBox(120, 20, 40)]
    assert search.detect(FRAME, 0.1) == detector.faces


def test_one_lost_face_of_two_is_awaited_in_the_whole_frame():
    stays, leaves = FaceBox(10, 20, 40), FaceBox(120, 20, 40)
    detector = Scripted(stays, leaves)
    search = RegionSearch(detector)
    search.detect(FRAME, 0.0)
    detector.faces = [stays]
    assert search.detect(FRAME, 0.1) == [stays]
    detector.faces = [stays, leaves]
    assert search.detect(FRAME, 0.2) == [stays, leaves]


def test_two_known_faces_never_become_one():
    first, second = FaceBox(50, 20, 40), FaceBox(75, 20, 40)
    detector = Scripted(first, second)
    search = RegionSearch(detector)
    search.detect(FRAME, 0.0)
    assert search.detect(FRAME, 0.1) == [first, second]
    detector.faces = [first]
    assert search.detect(FRAME, 0.2) == [first]


def test_a_box_of_another_face_in_the_region_is_not_taken():
    detector = Scripted(FaceBox(50, 20, 40))
    search = RegionSearch(detector)
    search.detect(FRAME, 0.0)
    detector.faces = [FaceBox(78, 45, 10), FaceBox(50, 20, 40)]
    assert search.detect(FRAME, 0.1) == [FaceBox(50, 20, 40)]


def test_a_detector_that_cannot_search_regions_is_given_the_whole_frame():
    search = RegionSearch(CenterCrop())
    whole = CenterCrop().detect(FRAME)
    assert [search.detect(FRAME, row / 15) for row in range(3)] == [whole] * 3


class Glancing(Scripted):
    """Also takes a glance, which shows all others, the unsure with a low score."""

    knows_tilt = True

    def glance(self, _, known):
        self.asked.append("glance")
        return [face for face in self.faces if face.is_apart_from(known)]

    def detect_from(self, *_):
        return list(self.faces)

    def level(self, _, box):
        return box


def test_newcomers_show_at_a_glance_once_a_second():
    known, newcomer = FaceBox(10, 20, 40), FaceBox(120, 20, 40)
    detector = Glancing(known)
    search = RegionSearch(detector)
    search.detect(FRAME, 0.0)
    detector.faces = [known, newcomer, FaceBox(160, 50, 30, score=0.3)]
    counts = [len(search.detect(FRAME, row / 10)) for row in range(1, 13)]
    assert counts == [1] * 9 + [2] * 3
    assert detector.asked.count("glance") == 1
    assert detector.asked.count("all") == 1


def test_a_moving_portrait_gets_the_boxes_of_a_whole_search(walk):
    detector = HaarDetector()
    search = RegionSearch(detector)
    for frame in walk([(20 + 6 * row, 30 + 3 * row) for row in range(20)]):
        (expected,) = detector.detect(frame.image)
        (found,) = search.detect(frame.image, frame.time_s)
        assert found.overlap(expected) > 0.75


def test_only_a_fraction_of_the_pixels_is_searched_for_a_known_portrait(walk, monkeypatch):
    detector = HaarDetector()
    searched = []
    whole = detector._search

    def counting(small, **sizes):
        searched.append(small.shape[0] * small.shape[1])
        return whole(small, **sizes)

    monkeypatch.setattr(detector, "_search", counting)
    search = RegionSearch(detector)
    for frame in walk([(100, 60)] * 14):
        search.detect(frame.image, frame.time_s)
    assert searched[0] == 320 * 240
    assert max(searched[1:]) < 0.4 * searched[0]


def test_of_still_faces_every_other_frame_is_taken_as_it_was():
    detector = Scripted(FaceBox(50, 20, 40))
    search = RegionSearch(detector)
    for row in range(9):
        assert search.detect(FRAME, row / 15) == detector.faces
    # Two looks say that it is still; from then on every other frame.
    assert detector.asked == ["all"] + ["near"] * 5


def test_a_face_that_moves_again_is_looked_for_in_every_frame():
    detector = Scripted(FaceBox(50, 20, 40))
    search = RegionSearch(detector)
    for row in range(4):
        search.detect(FRAME, row / 15)
    for row in range(4, 9):
        detector.faces = [FaceBox(38 + 4 * row, 20, 40)]
        assert search.detect(FRAME, row / 15) == detector.faces


class Centering:
    """A framer that knows better where the face is."""

    def __init__(self, detector):
        self.detector = detector
        self.calls = 0

    def frame(self, _, boxes):
        self.calls += 1
        assert len(boxes) == len(self.detector.faces)
        return list(self.detector.faces)


def test_of_slow_faces_every_other_frame_is_framed_without_a_search():
    detector = Scripted(FaceBox(50, 20, 40))
    framer = Centering(detector)
    search = RegionSearch(detector, framer)
    for row in range(9):
        detector.faces = [FaceBox(50 + 1.6 * row, 20, 40)]  # by 0.04 sides a frame
        assert search.detect(FRAME, row / 15) == detector.faces
    assert detector.asked == ["all"] + ["near"] * 5
    assert framer.calls == 9


@pytest.mark.parametrize("speed", [0.0, 1.6])
@pytest.mark.parametrize("other", ["black", "white", "noise"])
def test_a_frame_in_which_the_picture_is_exchanged_is_never_taken_as_it_was(speed, other):
    random = np.random.default_rng(3)
    cells = random.integers(0, 256, (10, 20, 3)).astype(np.uint8)
    before = np.kron(cells, np.ones((10, 10, 1), np.uint8))
    after = {
        "black": np.zeros_like(before),
        "white": np.full_like(before, 255),
        "noise": random.integers(0, 256, before.shape).astype(np.uint8),
    }[other]
    for last in (3, 4):  # every other frame waits
        detector = Scripted(FaceBox(50, 20, 40))
        search = RegionSearch(detector, Centering(detector))
        for row in range(last):
            detector.faces = [FaceBox(50 + speed * row, 20, 40)]
            assert search.detect(before, row / 15) == detector.faces
        detector.faces = []
        asked = len(detector.asked)
        assert search.detect(after, last / 15) == []
        assert len(detector.asked) > asked


def test_a_lost_face_that_is_back_needs_no_whole_search():
    detector = Scripted(FaceBox(10, 20, 40))
    search = RegionSearch(detector)
    search.detect(FRAME, 0.0)
    detector.faces = []
    search.detect(FRAME, 0.1)
    detector.faces = [FaceBox(14, 20, 40)]
    for time_s in (0.2, 0.3, 0.4):
        assert search.detect(FRAME, time_s) == detector.faces
    assert detector.asked == ["all", "near", "all", "all", "near", "near"]


def test_a_head_that_nods_to_a_side_is_found_in_its_place(monkeypatch, portrait, portrait_face):
    import cv2

    detector = HaarDetector()
    search = RegionSearch(detector)
    (box,) = search.detect(portrait, 0.0)
    matrix = cv2.getRotationMatrix2D(portrait_face.center, -30, 1.0)
    monkeypatch.setattr(detector, "detect", pytest.fail)  # the whole frame is no longer searched
    (nodded,) = search.detect(cv2.warpAffine(portrait, matrix, (512, 512)), 0.1)
    assert nodded.overlap(box) > 0.6
    assert nodded.roll == 20


def test_after_a_cut_nothing_is_known():
    detector = Scripted(FaceBox(50, 20, 40))
    search = RegionSearch(detector)
    search.detect(FRAME, 0.0)
    search.forget()
    search.detect(FRAME, 0.1)
    assert detector.asked == ["all", "all"]
