import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from core import read_result
from core.errors import ConfigError, ResultError, VideoError
from core.explain.clip import explain_clip
from core.regroup import leave_out, merge
from core.saved.film import join_video
from core.span import Span
from core.trust import Trust
from tests.app.conftest import make_prediction

TRUST = Trust(0.25, is_calibrated=True, wrong_below=0.4, wrong_above=0.1, reads_order=True)


@pytest.fixture
def analysed():
    """Two seconds, no face between 0.8 s and 1.2 s, as precise as a file."""
    found = make_prediction(np.arange(20) / 10, gap=(0.75, 1.25), uncertain=True)
    return replace(found, trust=TRUST, damaged_frames=2, missing_s=0.25)


@pytest.fixture
def written(tmp_path):
    def write(*records, name="clip.json"):
        path = tmp_path / name
        path.write_text("\n".join(json.dumps(each) for each in records))
        return path

    return write


def changed(record, place, value):
    """The record with one value in it replaced, or taken away."""
    *way, last = place
    inner = record
    for step in way:
        inner = inner[step]
    if value is KeyError:
        del inner[last]
    else:
        inner[last] = value
    return record


def test_a_result_is_read_as_it_was(analysed, written):
    result = read_result(written(analysed.to_json()))
    (again,) = result.predictions
    assert result.missing == ()
    assert result.marks == []
    before, after = analysed.to_json(), again.to_json()
    assert after.pop("margin") == pytest.approx(before.pop("margin"), abs=2e-6)
    assert after == before
    assert again.badges == analysed.badges
    assert again.summary == analysed.summary
    assert again.moment_labels == analysed.moment_labels
    for name in ("boxes", "rolls", "similarities", "instant_probabilities", "smoothed"):
        np.testing.assert_allclose(
            getattr(again.frames, name), getattr(analysed.frames, name), atol=1e-2
        )


def test_a_result_of_a_model_comes_back(tiny_checkpoint, write_video, walk, written):
    from core import load_predictor

    predictor = load_predictor(tiny_checkpoint, device="cpu", detector="haar")
    video = write_video("face.avi", [frame.image for frame in walk([(60, 60)] * 12)])
    span = Span(0.2, 0.9)
    prediction = predictor.predict(video, span=span)
    (again,) = read_result(written(prediction.to_json())).predictions
    assert again.span == span
    joined = join_video([again], video)[0]
    assert joined.frame_size == prediction.frame_size
    assert np.abs(prediction.frames.rolls[prediction.frames.found]).max() > 0.1
    assert picture_difference(joined, prediction) < 3
    with pytest.raises(ConfigError, match="analyse the video again"):
        explain_clip(predictor.checkpoint, predictor.recognizer, joined)
    with pytest.raises(ConfigError, match="analyse the video again"):
        merge([joined, replace(joined, face_id=1)], [0, 1], predictor.recognizer)


def test_every_face_and_mark_comes_back(analysed, written):
    faces = [replace(analysed, face_id=face_id, faces_followed=3) for face_id in range(3)]
    mark = {"start_s": 0.5, "end_s": 1.0, "text": "<b>smiles</b>"}
    whole = faces[1].to_json(with_face_id=True) | {
        "faces": [face.to_json(with_face_id=True) for face in faces],
        "marks": [mark],
    }
    lines = [face.to_json(with_face_id=True) for face in reversed(faces)]
    for records in ([whole], lines):
        result = read_result(written(*records))
        assert [each.face_id for each in result.predictions] == [0, 1, 2]
        assert [each.faces_followed for each in result.predictions] == [3, 3, 3]
    (kept,) = read_result(written(whole)).marks
    assert kept.to_json() == mark
    assert len(leave_out(result.predictions, [2])) == 2


def test_a_result_of_before_opens_with_what_it_has(analysed, written):
    old = analysed.to_json()
    for name in ("format", "similarities", "verdict_frames", "faces_followed", "frame_size"):
        del old[name]
    del old["trust"]
    for frame in old["frames"]:
        del frame["instant_similarities"], frame["instant_probabilities"], frame["roll"]
    result = read_result(written(old))
    (again,) = result.predictions
    assert len(result.missing) == 3
    assert "each frame alone" in result.missing[0]
    assert "cut upright" in result.missing[1]
    assert not again.frames.rolls[again.frames.found].any()
    assert again.episodes == read_result(written(analysed.to_json())).predictions[0].episodes
    assert np.isnan(again.frames.instant_probabilities).all()
    assert {badge.kind for badge in again.badges} == {badge.kind for badge in analysed.badges}
    assert "does not say" in again.badges[-1].text
    told = again.to_json()  # and can be written again
    assert told["frames"][0]["instant_probabilities"] is None
    assert read_result(written(told)).predictions[0].to_json() == told
    del old["episodes"], old["badges"], old["damaged_frames"], old["missing_s"]
    result = read_result(written(old))
    assert len(result.missing) == 4
    assert result.predictions[0].episodes


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (("probabilities",), KeyError, "no result of this program"),
        (("frames",), KeyError, "no result of this program"),
        (("frames",), [], "no result|one or more"),
        (("frames",), {"a": 1}, "a list of at most"),
        (("frames", 3), 7, "frames 3 should be an object"),
        (("frames", 3, "time_s"), "0.3", "frames 3 should have time_s"),
        (("frames", 3, "time_s"), True, "time_s, a number from 0"),
        (("frames", 3, "time_s"), 10**400, "time_s, a number"),
        (("frames", 3, "time_s"), 0.1, "in order of time"),
        (("frames", 3, "face"), [1, 2, 3], "face, 4 numbers"),
        (("frames", 3, "face"), [1, 2, 3, 0], "above 0"),
        (("frames", 3, "roll"), "steep", "roll, a number"),
        (("crop_scale",), 0, "crop_scale, a number from 0.2"),
        (("frames", 3, "probabilities"), None, "probabilities, a number for each"),
        (("frames", 3, "probabilities", "fear"), 1.5, "fear, a number from"),
        (("frames", 3, "probabilities", "fear"), float("nan"), "fear, a number"),
        (("frames", 3, "probabilities", "fear"), 0.9, "add up to one"),
        (("frames", 3, "similarities", "fear"), float("inf"), "fear, a number"),
        (("frames", 3, "instant_probabilities"), None, "instant_probabilities, a number for each"),
        (("frames", 10, "similarities"), {"fear": 0.1}, "no similarities without a face"),
        (("probabilities",), {"fear": 1.0}, "two classes"),
        (("probabilities",), "fear", "two classes"),
        (("similarities",), {"fear": 1.0}, "each of 7 classes"),
        (("duration_s",), 0.5, "not before its last frame"),
        (("frames_read",), 2.5, "a whole number"),
        (("uncertain",), "no", "true or false"),
        (("video",), ["clip"], "video, a text"),
        (("checkpoint",), "x" * 400, "at most 300"),
        (("format",), 2, "format up to 1"),
        (("verdict_frames",), [0, 99], "from 0 to 19"),
        (("frame_size",), [1e9, 10], "frame_size, 2 numbers"),
        (("trust",), None, "trust should be an object"),
        (("trust", "margin"), 3, "margin, a number from 0 to 1"),
        (("range_s",), [3.0, 1.0], "ends after it begins"),
        (("episodes", 0, "candidates"), ["joy"], "one class or more"),
        (("episodes", 0, "start_s"), 0.22, "between frames"),
        (("marks",), [{"start_s": 1}], "a mark has"),
        (("faces",), [], "1 to 64 faces"),
    ],
)
def test_whatever_is_wrong_is_one_sentence(analysed, written, place, value, words):
    path = written(changed(analysed.to_json(), place, value))
    with pytest.raises(ResultError, match=words) as caught:
        read_result(path)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\xff\xfe\x00", "no text"),
        (b"hello", "no JSON or a damaged one"),
        (b"[1, 2]", "holds list"),
        (b'{"label": ', "damaged"),
        (b"[" * 100_000, "without end"),
        (b"{}," * 700_000, "more values than any result"),
        (b"{} " * 100, "more than 64 results"),
        (b'{"video": "a.mp4", "error": {"type": "VideoError"}}', "there was none"),
        (b" " * 200_000 + b'{"frames": 1}', "no result of this program"),
    ],
)
def test_files_that_are_no_results_are_refused(tmp_path, content, words):
    path = tmp_path / "other.json"
    path.write_bytes(content)
    with pytest.raises(ResultError, match=words):
        read_result(path)


def test_results_of_several_videos_are_not_mixed(analysed, written):
    other = replace(analysed, video="other", face_id=1)
    with pytest.raises(ResultError, match="2 videos"):
        read_result(written(analysed.to_json(), other.to_json()))
    later = replace(analysed, face_id=1, duration_s=9.0)
    with pytest.raises(ResultError, match="different analyses"):
        read_result(written(analysed.to_json(with_face_id=True), later.to_json(with_face_id=True)))
    with pytest.raises(ResultError, match="same face twice"):
        read_result(written(*[analysed.to_json(with_face_id=True)] * 2))


@pytest.fixture
def filmed(write_video):
    """A video of 12 frames, and what could have been its result."""
    shades = np.linspace(10, 240, 12).astype(np.uint8)
    video = write_video("own.avi", [np.full((96, 128, 3), shade) for shade in shades])
    prediction = make_prediction(np.arange(12) / 10, gap=(0.35, 0.55))
    return video, replace(prediction, frames_read=12, duration_s=1.2)


def test_the_video_gives_the_faces_their_pictures(filmed):
    video, prediction = filmed
    reached = []
    unknown = replace(prediction, frame_size=(0, 0))
    (joined,) = join_video([unknown], video, progress=reached.append)
    assert joined.frame_size == (128, 96)
    assert [crop is not None for crop in joined.frames.crops] == prediction.frames.found.tolist()
    assert len(set(filter(None, joined.frames.crops))) == 10
    assert reached[-1].done == pytest.approx(1, abs=0.1)


def test_pictures_are_cut_as_the_model_saw_the_faces(write_video):
    down = np.zeros((96, 128, 3), np.uint8)
    down[48:] = 255
    video = write_video("halves.avi", [down] * 4)
    known = replace(make_prediction(np.arange(4) / 10), frames_read=4, duration_s=0.4)
    boxes = np.tile(np.array([44, 28, 40, 40], np.float32), (4, 1))
    rolls = np.array([0, 90, 180, 270], np.float32)
    turned = replace(known.frames, boxes=boxes, rolls=rolls)
    (joined,) = join_video([replace(known, frames=turned, crop_scale=1.5)], video)
    pictures = [decoded(crop) for crop in joined.frames.crops]
    assert {picture.shape for picture in pictures} == {(60, 60)}
    bright = [pictures[0][45:], pictures[1][:, 45:], pictures[2][:15], pictures[3][:, :15]]
    assert min(part.min() for part in bright) > 200
    assert [picture.mean() for picture in pictures] == pytest.approx([127] * 4, abs=15)


def decoded(jpeg):
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)


def picture_difference(one, other):
    """Of the same faces' pictures, mean over pixels and frames, 0-255; both have the same gaps."""
    pairs = list(zip(one.frames.crops, other.frames.crops, strict=True))
    assert all((first is None) == (second is None) for first, second in pairs)
    return np.mean([np.abs(cv2.absdiff(*map(decoded, pair))).mean() for pair in pairs if pair[0]])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"frame_size": (640, 480)}, "640×480 pixels, this one has 128×96"),
        ({"frames_read": 24}, "24 frames, this one has 12"),
        ({"duration_s": 1.9}, "an end at 1.90 s"),
        ({"span": Span(0.5)}, "a frame at 0.000 s|12 frames"),
    ],
)
def test_another_video_is_refused(filmed, change, words):
    video, prediction = filmed
    with pytest.raises(ResultError, match=words):
        join_video([replace(prediction, **change)], video)


def test_a_video_without_a_frame_where_one_was_analysed_is_refused_there(filmed):
    video, prediction = filmed
    times_s = prediction.frames.times_s.copy()
    times_s[3] += 0.03
    moved = replace(prediction, frames=replace(prediction.frames, times_s=times_s))
    with pytest.raises(ResultError, match=r"a frame at 0\.330 s"):
        join_video([moved], video, name="mine.avi")
    with pytest.raises(VideoError, match="does not exist"):
        join_video([prediction], video.with_name("gone.avi"))
