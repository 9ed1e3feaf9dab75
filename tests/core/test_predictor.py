import itertools
import json

import av
import numpy as np
import pytest

from core import load_predictor
from core.errors import NoFaceError, VideoError
from core.faces.detectors import CenterCrop
from core.faces.thumbnail import THUMBNAIL_PX
from core.video import VideoLimits
from core.video.sandbox import open_sandboxed


@pytest.fixture
def predictor(tiny_checkpoint):
    return load_predictor(tiny_checkpoint, device="cpu", detector="haar")


@pytest.fixture
def face_clip(write_video, walk):
    """30 frames: face, a second without it, face again."""
    where = [(60 + i, 60) for i in range(10)] + [None] * 10 + [(80, 60)] * 10
    return write_video("clip.avi", [frame.image for frame in walk(where)], fps=10)


def test_curves_have_one_row_per_frame_and_gaps_where_no_face_is(predictor, face_clip):
    prediction = predictor.predict(face_clip)
    frames = prediction.frames
    assert len(frames.times_s) == prediction.frames_read == 30
    np.testing.assert_allclose(frames.times_s, np.arange(30) / 10, atol=1e-3)
    assert not frames.found[11:19].any()
    assert frames.found[:9].all()
    assert frames.found[21:].all()
    assert np.isnan(frames.probabilities[~frames.found]).all()
    np.testing.assert_allclose(frames.probabilities[frames.found].sum(1), 1, atol=1e-5)
    assert prediction.duration_s == pytest.approx(3.0, abs=0.11)


def test_similarities_are_cosines_and_probabilities_their_softmax(predictor, face_clip):
    prediction = predictor.predict(face_clip)
    assert np.abs(prediction.similarities).max() <= 1 + 1e-5
    powers = np.exp((prediction.similarities - prediction.similarities.max()) / 0.01)
    np.testing.assert_allclose(prediction.probabilities, powers / powers.sum(), atol=1e-4)


def test_verdict_comes_from_the_sampled_frames_alone(predictor, face_clip):
    prediction = predictor.predict(face_clip)
    features = prediction.frames.features[prediction.sampled]
    again = predictor.recognizer.compare(features[None])[0]
    np.testing.assert_allclose(again, prediction.similarities, atol=1e-6)


def test_every_other_frame_of_a_face_is_seen_in_the_mirror_the_first_one_always(
    predictor, face_clip, walk, monkeypatch
):
    asked, encode = [], predictor.recognizer.encode

    def spy(crops, mirrored):
        asked.extend(mirrored)
        return encode(crops, mirrored)

    monkeypatch.setattr(predictor.recognizer, "encode", spy)
    seen = int(predictor.predict(face_clip).frames.found.sum())
    assert asked == [place % 2 == 0 for place in range(seen)]
    asked.clear()
    session = predictor.live()
    looks = []
    for frame in walk([(60, 60)] * 3 + [None] * 30 + [(60, 60)] * 3):
        has_face = session.update(frame.image, frame.time_s).box is not None
        looks.append(asked.pop() if has_face else None)
    assert not asked
    stretches = [list(each) for _, each in itertools.groupby(looks, lambda look: look is None)]
    assert len(stretches) == 3
    for stretch in (stretches[0], stretches[2]):
        assert stretch == [place % 2 == 0 for place in range(len(stretch))]
    assert len(stretches[0]) % 2  # else the second would begin so without being told


def test_box_is_in_pixels_of_the_original_frame(tiny_checkpoint, face_clip):
    large = load_predictor(tiny_checkpoint, device="cpu", detector="haar").predict(face_clip)
    reduced = load_predictor(
        tiny_checkpoint, device="cpu", detector="haar", limits=VideoLimits(longest_px=260)
    ).predict(face_clip)
    assert large.frame_size == reduced.frame_size == (320, 240)
    np.testing.assert_allclose(large.frames.boxes[5], reduced.frames.boxes[5], atol=12)


def test_thumbnails_are_small_jpegs_of_found_faces_only(predictor, face_clip):
    import cv2

    frames = predictor.predict(face_clip).frames
    assert [crop is not None for crop in frames.crops] == frames.found.tolist()
    image = cv2.imdecode(np.frombuffer(frames.crops[0], np.uint8), cv2.IMREAD_COLOR)
    assert max(image.shape[:2]) <= THUMBNAIL_PX


def test_json_is_the_documented_contract(predictor, face_clip):
    record = json.loads(json.dumps(predictor.predict(face_clip).to_json()))
    assert list(record) == [
        "video", "summary", "label", "probabilities", "margin", "uncertain", "duration_s",
        "frames_read", "frames_analysed", "frames_with_face", "damaged_frames", "missing_s",
        "detector", "device", "checkpoint", "badges", "share_of_time", "episodes",
        "format", "similarities", "verdict_frames", "faces_followed", "frame_size", "crop_scale",
        "trust", "frames",
    ]  # fmt: skip
    assert list(record["frames"][0]) == [
        "time_s", "face", "roll", "similarities", "probabilities",
        "instant_similarities", "instant_probabilities",
    ]  # fmt: skip
    assert record["frames"][14]["face"] is None
    assert record["frames"][14]["probabilities"] is None
    assert record["frames_analysed"] == len(record["frames"])
    assert (record["damaged_frames"], record["missing_s"]) == (0, 0.0)
    assert set(record["episodes"][0]) == {
        "start_s", "end_s", "expression", "probability", "certain", "candidates",
    }  # fmt: skip
    assert [badge["kind"] for badge in record["badges"]][-1] == "uncalibrated"
    assert list(record["probabilities"]) == list(predictor.labels)
    assert record["label"] == max(record["probabilities"], key=record["probabilities"].get)


def test_no_face_is_an_error_that_says_what_was_searched(predictor, write_video):
    wall = [np.full((120, 160, 3), 120, np.uint8)] * 5
    with pytest.raises(NoFaceError, match=r"wall\.avi.*haar"):
        predictor.predict(write_video("wall.avi", wall))


def test_nobody_found_says_what_was_searched_and_what_to_try(predictor, write_video):
    wall = [np.full((720, 1280, 3), 120, np.uint8)] * 2
    with pytest.raises(NoFaceError) as caught:
        predictor.predict(write_video("wall.avi", wall))
    message = str(caught.value)
    assert "2 frames of 1280×720 pixels" in message
    assert "upright faces of 47 pixels and more and tilted ones of 160" in message
    assert "python -m core.faces.yunet" in message
    assert "farther if it overfills the picture" in message


def test_a_detector_that_has_nothing_better_is_given_no_such_advice():
    from core.faces.advice import no_face_sentence

    class Other:
        name, licence = "other", "none"

    sentence = no_face_sentence("a.mp4", Other(), frames=1, frame_size=(64, 48))
    assert "1 frame of 64×48 pixels was searched with the other detector" in sentence
    assert "yunet" not in sentence


def test_raising_from_progress_cancels(predictor, face_clip):
    class Cancelled(Exception):  # noqa: N818
        pass

    def stop(progress):
        raise Cancelled

    with pytest.raises(Cancelled):
        predictor.predict(face_clip, progress=stop)


def test_progress_grows_to_the_end(predictor, face_clip):
    seen = []
    predictor.predict(face_clip, progress=seen.append)
    read = [step.done for step in seen if step.stage == "read"]
    assert read == sorted(read)
    assert read[-1] > 0.9
    assert seen[-1].stage == "align"


@pytest.mark.parametrize("count", [1, 2])
def test_one_and_two_frames_are_a_clip(tiny_checkpoint, write_video, portrait, count):
    predictor = load_predictor(tiny_checkpoint, device="cpu", detector="haar")
    prediction = predictor.predict(write_video("short.avi", [portrait] * count))
    assert prediction.frames_with_face == count
    assert len(prediction.sampled) == predictor.recognizer.frames


def test_limit_is_named(tiny_checkpoint, face_clip):
    predictor = load_predictor(
        tiny_checkpoint, device="cpu", detector="haar", limits=VideoLimits(duration_s=1)
    )
    with pytest.raises(VideoError, match="limit of 1 s"):
        predictor.predict(face_clip)


def test_two_faces_give_two_predictions_largest_first(tiny_checkpoint, write_video, portrait):
    import cv2

    frame = np.full((300, 640, 3), 120, np.uint8)
    head = portrait[20:240, 110:330]
    frame[40:260, 20:240] = head
    frame[80:230, 420:570] = cv2.resize(head, (150, 150), interpolation=cv2.INTER_AREA)
    predictor = load_predictor(tiny_checkpoint, device="cpu", detector="haar")
    first, second = predictor.predict_faces(write_video("two.avi", [frame] * 8))
    assert (first.face_id, second.face_id) == (0, 1)
    assert first.frames.boxes[0, 2] > second.frames.boxes[0, 2]
    assert first.to_json(with_face_id=True)["face_id"] == 0


def test_center_crop_is_used_when_asked_for(tiny_checkpoint, write_video):
    wall = [np.full((120, 160, 3), 120, np.uint8)] * 5
    prediction = load_predictor(tiny_checkpoint, device="cpu", detector="center").predict(
        write_video("wall.avi", wall)
    )
    assert prediction.detector == CenterCrop.name
    assert prediction.frames_with_face == 5


def test_a_damaged_film_is_marked_in_the_result(predictor, face_clip):
    with av.open(str(face_clip)) as container:
        places = [(one.pos, one.size) for one in container.demux(video=0) if one.size]
    data = bytearray(face_clip.read_bytes())
    for start, size in places[3:5]:
        data[start : start + size] = bytes(size)
    face_clip.write_bytes(data)
    prediction = predictor.predict(face_clip)
    assert (prediction.frames_read, prediction.damaged_frames) == (28, 2)
    assert prediction.missing_s == pytest.approx(0.2)
    assert prediction.badges[0].kind == "damaged"
    assert prediction.badges[0].text == (
        "2 frames are damaged and left out; 0.2 s of the video are missing, and the result says "
        "nothing about them."
    )


def test_progress_is_told_of_frames_that_are_not_analysed(predictor, write_video, walk):
    path = write_video("fast.avi", [frame.image for frame in walk([(60, 60)] * 90)], fps=90)
    told = []
    prediction = predictor.predict(path, progress=told.append)
    assert prediction.frames_analysed < 30
    reading = [progress for progress in told if progress.stage == "read"]
    assert len(reading) >= 90
    assert [progress.done for progress in reading] == sorted(progress.done for progress in reading)


def test_the_result_is_the_same_where_another_process_decodes(
    predictor, tiny_checkpoint, face_clip
):
    told = []
    sandboxed = load_predictor(tiny_checkpoint, device="cpu", detector="haar", sandbox=True)
    assert sandboxed.opener is open_sandboxed
    result = sandboxed.predict(face_clip, progress=told.append)
    assert result.to_json() == predictor.predict(face_clip).to_json()
    assert [progress.stage for progress in told][-1] == "align"
