import dataclasses
import json

import numpy as np
import pytest

from app.figures.studio import CROPS_PER_FACE, FACES_SHOWN, studio_data
from app.figures.verdict import story, verdict
from tests.app.conftest import make_prediction


def test_everything_the_page_needs_is_plain_json(prediction):
    data = json.loads(json.dumps(studio_data([prediction], title="me.mp4"), allow_nan=False))
    assert data["title"] == "me.mp4"
    assert data["times_s"] == pytest.approx(prediction.frames.times_s)
    assert set(data["figures"]) == {"light", "dark"}
    (face,) = data["faces"]
    for kind in ("windowed", "instant"):
        for quantity in ("probability", "cosine"):
            for smoothing in ("raw", "smooth"):
                curves = face["curves"][kind][quantity][smoothing]
                assert np.shape(curves) == (len(prediction.labels), len(data["times_s"]))


def test_curves_boxes_and_crops_have_the_same_gap(prediction):
    (face,) = studio_data([prediction], title="")["faces"]
    row = 10
    assert not prediction.frames.found[row]
    assert face["boxes"][row] is None
    assert face["curves"]["windowed"]["probability"]["raw"][0][row] is None
    assert row not in {crop["row"] for crop in face["crops"]}
    assert face["gaps"] == [(0.75, 1.25)]


def test_a_long_clip_keeps_few_pictures():
    long = make_prediction(np.arange(3000) / 10)
    (face,) = studio_data([long], title="")["faces"]
    assert CROPS_PER_FACE / 2 < len(face["crops"]) <= CROPS_PER_FACE
    assert face["crops"][-1]["row"] > 2900


def test_pictures_are_left_out_on_request(prediction):
    text = json.dumps(studio_data([prediction], title="", with_crops=False))
    assert "data:image" not in text


def test_a_crowd_is_cut_and_said(prediction):
    crowd = [dataclasses.replace(prediction, face_id=each) for each in range(FACES_SHOWN + 2)]
    data = studio_data(crowd, title="")
    assert len(data["faces"]) == FACES_SHOWN
    assert data["faces_hidden"] == 2


def test_no_prediction_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="at least one"):
        studio_data([], title="")


def test_a_clear_verdict_names_one_class_and_its_lead(prediction):
    words = verdict(prediction)
    assert words["title"].lower() == prediction.label
    assert "points ahead" not in words["sentence"]
    assert "nobody calibrated" in words["sentence"]
    assert not words["calibrated"]
    trust = dataclasses.replace(prediction.trust, is_calibrated=True)
    words = verdict(dataclasses.replace(prediction, trust=trust))
    assert f"{round(prediction.margin * 100)} points ahead of" in words["sentence"]
    assert words["calibrated"]
    values = [row["probability"] for row in words["rows"]]
    assert values == sorted(values, reverse=True)
    assert sum(values) == pytest.approx(1, abs=1e-3)


def test_an_uncertain_verdict_asks_instead_of_claiming():
    words = verdict(make_prediction([0, 0.1, 0.2], uncertain=True))
    assert words["title"].endswith("?")
    assert " or " in words["title"]
    assert "uncertain" in words["sentence"]


def test_the_page_tells_what_the_document_tells(prediction):
    told, document = story(prediction), prediction.to_json()
    for key in ("summary", "badges", "share_of_time"):
        assert told[key] == document[key]
    assert [episode["candidates"] for episode in told["episodes"]] == [
        episode["candidates"] for episode in document["episodes"]
    ]
    assert told["episodes"][0]["name"] in told["summary"].lower()
    assert studio_data([prediction], title="")["faces"][0]["story"] == told


def test_a_long_clip_is_told_instead_of_named():
    long = make_prediction(np.arange(100) / 10)
    assert story(long)["headline"] == long.summary
