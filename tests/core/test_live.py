import cv2
import numpy as np
import pytest

from core import load_predictor
from core.errors import ConfigError
from core.faces.box import FaceBox, crop_face
from core.live import RESTING_NEUTRAL


@pytest.fixture
def predictor(tiny_checkpoint):
    return load_predictor(tiny_checkpoint, device="cpu", detector="haar")


def feed(session, frames, start_s=0.0):
    return [session.update(frame.image, start_s + frame.time_s) for frame in frames]


def test_a_face_gives_probabilities_and_the_crop_that_was_seen(predictor, walk):
    frames = walk([(60, 60)] * 4)
    results = feed(predictor.live(), frames)
    for frame, result in zip(frames, results, strict=True):
        assert result.raw.sum() == pytest.approx(1, abs=1e-5)
        assert result.smoothed.sum() == pytest.approx(1, abs=1e-5)
        x, y, side, roll = result.square
        assert (x, y, side, side) == pytest.approx(result.box)  # this model sees it as it is
        seen = crop_face(frame.image, FaceBox(x, y, side, roll=roll))
        np.testing.assert_array_equal(result.crop, seen)
    assert set(results[-1].milliseconds) == {"detect", "encode", "synchronize"}


def test_no_face_gives_nothing(predictor, walk):
    result = feed(predictor.live(), walk([None]))[0]
    assert result.box is None
    assert result.raw is None
    assert result.smoothed is None


def test_each_frame_is_encoded_once(predictor, walk, monkeypatch):
    encoded = []
    original = predictor.recognizer.encode

    def count(crops, mirrored):
        encoded.append(len(crops))
        return original(crops, mirrored)

    monkeypatch.setattr(predictor.recognizer, "encode", count)
    feed(predictor.live(), walk([(60, 60)] * 6))
    assert encoded == [1] * 6


def test_smoothed_lags_behind_raw(predictor, walk, monkeypatch):
    answers = iter([np.eye(7, dtype=np.float32)[0]] * 3 + [np.eye(7, dtype=np.float32)[1]] * 3)
    monkeypatch.setattr(predictor.recognizer, "compare", lambda _: next(answers)[None])
    results = feed(predictor.live(smoothing_s=1.0), walk([(60, 60)] * 6))
    assert results[3].raw.argmax() == 1
    assert results[3].smoothed.argmax() == 0
    assert results[5].smoothed[1] > results[3].smoothed[1]


def test_smoothing_off_is_raw(predictor, walk):
    for result in feed(predictor.live(smoothing_s=0), walk([(60, 60), (70, 60), (80, 60)])):
        np.testing.assert_array_equal(result.raw, result.smoothed)


def test_calibration_makes_the_resting_face_neutral(predictor, walk):
    session = predictor.live()
    frames = walk([(60, 60)] * 12, fps=10)
    session.calibrate(duration_s=0.5)
    results = feed(session, frames)
    assert results[0].calibrating_s == pytest.approx(0.5)
    assert results[-1].calibrating_s == 0
    neutral = predictor.labels.index("neutral")
    assert results[-1].raw[neutral] == pytest.approx(RESTING_NEUTRAL, abs=0.05)
    session.forget_calibration()
    assert session.update(frames[0].image, 5.0).raw[neutral] != pytest.approx(
        RESTING_NEUTRAL, abs=0.01
    )


def test_calibration_needs_a_neutral_class(predictor, monkeypatch):
    monkeypatch.setattr(predictor.recognizer, "labels", ("joy", "gloom"))
    with pytest.raises(ConfigError, match="neutral"):
        predictor.live().calibrate()


def test_sessions_do_not_share_anything(predictor, walk):
    one, other = predictor.live(), predictor.live()
    feed(one, walk([(60, 60)] * 5))
    alone = feed(predictor.live(), walk([(80, 60)]))[0]
    beside = feed(other, walk([(80, 60)]))[0]
    np.testing.assert_allclose(alone.raw, beside.raw)


@pytest.fixture
def pair(portrait):
    """Two people: the left one is larger."""
    frame = np.full((240, 420, 3), 120, np.uint8)
    for side, x, y in ((150, 10, 40), (110, 250, 70)):
        face = cv2.resize(portrait[20:240, 110:330], (side, side), interpolation=cv2.INTER_AREA)
        frame[y : y + side, x : x + side] = face
    return frame


def test_everybody_is_reported_and_the_chosen_one_followed(predictor, pair):
    session = predictor.live()
    result = session.update(pair, 0.0)
    assert len(result.faces) == 2
    left, right = sorted(result.faces, key=lambda face: face.box[0])
    assert (result.face_id, result.box) == (left.face_id, left.box)
    session.face = right.face_id
    result = session.update(pair, 0.1)
    assert result.face_id == right.face_id
    assert result.box[0] > 200


def test_a_chosen_face_out_of_view_is_a_gap_though_others_are_there(predictor, pair):
    session = predictor.live()
    session.face = 7
    result = session.update(pair, 0.0)
    assert result.raw is result.face_id is result.box is None
    assert len(result.faces) == 2


def test_another_face_begins_with_an_empty_window(predictor, pair, monkeypatch):
    seen = []
    pick = predictor.recognizer.pick
    monkeypatch.setattr(predictor.recognizer, "pick", lambda n: seen.append(n) or pick(n))
    session = predictor.live()
    faces = session.update(pair, 0.0).faces
    session.update(pair, 0.1)
    session.face = max(faces, key=lambda face: face.box[0]).face_id
    session.update(pair, 0.2)
    session.update(pair, 0.3)
    assert seen == [1, 2, 1, 2]
