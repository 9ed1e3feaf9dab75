"""Faces that were found roughly are framed alike."""

import math

import cv2
import numpy as np
import pytest
import torch

from core.checkpoint import load_checkpoint
from core.errors import DetectorError
from core.faces.box import FaceBox
from core.faces.follow import follow_faces
from core.faces.framing.framer import FaceFramer, open_framer, shipped_framer, trust_in
from core.faces.framing.points import WINDOW, FeaturePoints, Found
from core.faces.framing.square import PLACES
from core.faces.haar import HaarDetector
from core.faces.region import turned_back
from core.faces.search import RegionSearch
from core.live import LiveSession
from core.recognizer import Recognizer
from core.video import VideoFrame

TRUE = FaceBox(100.0, 60.0, 80.0, 0.9, 14.0)
PICTURE = np.full((240, 320, 3), 90, np.uint8)


class Pointer(FeaturePoints):
    """Knows where the features of one face are, whatever window it is shown."""

    def __init__(self, box, spread):
        super().__init__()
        self.box, self.spread = box, spread

    def forward(self, windows):
        places = (PLACES - 0.5) * TRUE.side + np.array(TRUE.center)
        seen = [turned_back(tuple(place), TRUE.center, TRUE.roll) for place in places]
        upright = [turned_back(place, self.box.center, -self.box.roll) for place in seen]
        points = (np.array(upright) - np.array(self.box.center)) / (self.box.side * WINDOW / 2)
        seen = torch.tensor(points[None], dtype=torch.float32).expand(len(windows), -1, -1)
        return Found(seen, torch.full((len(windows), 3), self.spread))


@pytest.mark.parametrize(
    "rough",
    [
        FaceBox(100.0, 60.0, 80.0),
        FaceBox(92.0, 52.0, 110.0, roll=20.0),
        FaceBox(115.0, 78.0, 56.0, roll=-5.0),
    ],
)
def test_any_detectors_square_becomes_the_same(rough):
    (framed,) = FaceFramer(Pointer(rough, 0.1)).frame(PICTURE, [rough])
    assert framed.center == pytest.approx(TRUE.center, abs=0.01)
    assert framed.side == pytest.approx(TRUE.side, abs=0.01)
    assert framed.roll == pytest.approx(TRUE.roll, abs=0.01)
    assert framed.score == rough.score


def test_what_is_not_seen_clearly_moves_nothing():
    rough = FaceBox(92.0, 52.0, 110.0)
    assert FaceFramer(Pointer(rough, 0.9)).frame(PICTURE, [rough]) == [rough]


def test_between_clear_and_vague_the_square_goes_a_part_of_the_way():
    rough = FaceBox(92.0, 52.0, 110.0)
    doubtful = next(s for s in np.linspace(0, 1, 500) if 0.4 < trust(s) < 0.6)
    (framed,) = FaceFramer(Pointer(rough, float(doubtful))).frame(PICTURE, [rough])
    assert TRUE.side < framed.side < rough.side
    assert 0 < framed.roll < TRUE.roll


def trust(spread):
    return float(trust_in(torch.full((1, 3), float(spread)))[0])


def test_nobody_to_frame():
    assert shipped_framer().frame(PICTURE, []) == []


def test_no_square_is_thrown_out_of_the_picture():
    far = FaceBox(250.0, 190.0, 20.0)
    (framed,) = FaceFramer(Pointer(far, 0.1)).frame(PICTURE, [far])
    assert math.dist(framed.center, far.center) <= 0.31 * far.side
    assert framed.side <= 1.61 * far.side


@pytest.mark.parametrize(("factor", "dx", "dy"), [(0.75, 3, -2), (1.3, -6, 5), (1.0, 8, 8)])
def test_the_shipped_one_frames_a_real_face(portrait, portrait_face, factor, dx, dy):
    framer = shipped_framer()
    (aim,) = framer.frame(portrait, [portrait_face])
    side = portrait_face.side * factor
    x, y = portrait_face.center
    rough = FaceBox(x + dx - side / 2, y + dy - side / 2, side)
    (framed,) = framer.frame(portrait, [rough])
    assert off(framed, aim) < 0.15
    assert off(framed, aim) < 0.7 * off(rough, aim)


def off(box, aim):
    """Distance and difference of size, in sides."""
    return math.dist(box.center, aim.center) / aim.side + abs(math.log(box.side / aim.side))


def test_the_shipped_one_levels_the_eyes(portrait, portrait_face):
    level = shipped_framer().frame(portrait, [portrait_face])[0]
    turn = cv2.getRotationMatrix2D(portrait_face.center, -15.0, 1.0)
    tilted = cv2.warpAffine(portrait, turn, portrait.shape[1::-1])
    (framed,) = shipped_framer().frame(tilted, [portrait_face])
    assert framed.roll - level.roll == pytest.approx(15, abs=6)


def test_the_shipped_one_leaves_walls_alone():
    box = FaceBox(100.0, 60.0, 80.0)
    assert shipped_framer().frame(PICTURE, [box]) == [box]


def test_every_frame_of_a_video_is_framed():
    rough = FaceBox(92.0, 52.0, 110.0)

    class Detector:
        name, licence = "rough", "none"

        def detect(self, frame):
            assert frame is PICTURE
            return [rough]

    search = RegionSearch(Detector(), FaceFramer(Pointer(rough, 0.1)))
    for time_s in (0.0, 0.1):
        (found,) = search.detect(PICTURE, time_s)
        assert found.side == pytest.approx(TRUE.side, abs=0.01)


def test_a_frame_that_nobody_searched_is_not_framed_again(portrait):
    framer = shipped_framer()
    calls = []

    class Counting(FaceFramer):
        def __init__(self):
            pass

        def frame(self, image, boxes):
            calls.append(len(boxes))
            return framer.frame(image, boxes)

    search = RegionSearch(HaarDetector(), Counting())
    found = [search.detect(portrait, number / 30) for number in range(12)]
    assert all(len(boxes) == 1 for boxes in found)
    assert 3 <= len(calls) < 12


class Rough:
    """A detector that frames a face far too widely."""

    name, licence = "rough", "none"

    def __init__(self, face):
        x, y = face.center
        self.box = FaceBox(x - 0.7 * face.side, y - 0.7 * face.side, 1.4 * face.side)

    def detect(self, frame):
        assert frame.ndim == 3
        return [self.box]


def test_what_follows_a_face_through_a_video_sees_it_framed(portrait, portrait_face):
    detector = Rough(portrait_face)
    (aim,) = shipped_framer().frame(portrait, [detector.box])
    frames = [VideoFrame(number, number / 15, portrait) for number in range(3)]
    for observation in follow_faces(frames, detector, crop_scale=1.0):
        (face,) = observation.faces
        assert off(face.box, aim) < 0.01 < off(detector.box, aim)
        assert face.box.roll == pytest.approx(aim.roll, abs=0.1)


def test_the_camera_sees_a_face_framed(portrait, portrait_face):
    detector = Rough(portrait_face)
    (aim,) = shipped_framer().frame(portrait, [detector.box])
    checkpoint = load_checkpoint()
    session = LiveSession(Recognizer(checkpoint, torch.device("cpu")), detector)
    x, y, side, _ = session.update(portrait, 0.0).box
    assert off(FaceBox(x, y, side), aim) < 0.01


@pytest.mark.parametrize("content", [None, b"not a network"])
def test_a_missing_or_damaged_file_is_a_sentence(tmp_path, content):
    path = tmp_path / "model.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DetectorError, match="train framing"):
        open_framer(path)
