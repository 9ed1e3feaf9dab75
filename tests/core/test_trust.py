import dataclasses

import numpy as np
import pytest

from core.checkpoint import Calibration, load_checkpoint
from core.episodes.verdict import headline, verdict_line, verdict_title
from core.labels import SEVEN
from core.prediction import FrameSeries, Prediction
from core.table import frames_csv
from core.trust import Trust, trust_in
from tests.core.planted import FPS, curve, moments, nobody

MEASURED = Trust(
    margin=0.39, is_calibrated=True, wrong_below=0.57, wrong_above=0.2, reads_order=True
)


def predicted(*parts, verdict, uncertain=False, **fields):
    """A prediction with a planted curve and a planted verdict."""
    times_s, probabilities, end_s = curve(*parts)
    found = np.isfinite(probabilities).all(1)
    nothing = np.where(found[:, None], np.zeros(len(SEVEN)), np.nan).astype(np.float32)
    final = moments(1 / FPS, **verdict)[0]
    return Prediction(
        **{
            "video": "planted.mp4",
            "labels": SEVEN,
            "probabilities": final,
            "similarities": np.log(final),
            "uncertain": uncertain,
            "duration_s": end_s,
            "frame_size": (64, 64),
            "frames_read": 2 * len(times_s),
            "detector": "haar",
            "device": "cpu",
            "checkpoint": "planted",
            "face_id": 0,
            "frames": FrameSeries(
                times_s=times_s,
                boxes=nothing[:, :4],
                rolls=nothing[:, 0],
                found=found,
                similarities=nothing,
                probabilities=probabilities,
                instant_similarities=nothing,
                instant_probabilities=probabilities,
                features=nothing,
                crops=[None] * len(times_s),
            ),
            "sampled": np.flatnonzero(found)[:16],
            "trust": MEASURED,
        }
        | fields
    )


def kinds(prediction):
    return [badge.kind for badge in prediction.badges]


def test_frequencies_come_from_the_measured_figures(tiny_checkpoint):
    checkpoint = load_checkpoint(tiny_checkpoint)
    figures = {"war": 0.68, "certain": {"margin": 0.39, "coverage": 0.6, "accuracy": 0.8}}
    measured = dataclasses.replace(
        checkpoint,
        config=dataclasses.replace(checkpoint.config, calibration=Calibration(0.9, 0.39)),
        card=dataclasses.replace(checkpoint.card, metrics={"validation": figures}),
    )
    trust = trust_in(measured)
    # 0.6 · 0.8 of all are right above the margin, so 0.20 of the 0.4 below it are.
    assert trust.wrong_below == pytest.approx(0.5)
    assert trust.wrong_above == pytest.approx(0.2)
    assert trust.is_calibrated
    assert trust.reads_order
    assert "below 39 points was wrong 5 times in 10, a larger one 2 times in 10" in trust.sentence()


@pytest.mark.parametrize(
    "figures",
    [
        None,
        [],
        {"war": 0.7},
        {"war": 0.7, "certain": {"margin": 0.1, "coverage": 0, "accuracy": None}},
        {"war": 0.7, "certain": {"margin": 0.5, "coverage": 0.6, "accuracy": 0.8}},  # of another
    ],
)
def test_nothing_is_claimed_that_was_not_measured(tiny_checkpoint, figures):
    checkpoint = load_checkpoint(tiny_checkpoint)
    card = dataclasses.replace(checkpoint.card, metrics={"validation": figures})
    trust = trust_in(dataclasses.replace(checkpoint, card=card))
    assert trust.wrong_below is None
    assert not trust.is_calibrated
    assert "has not been measured" in trust.sentence()


def test_a_mean_of_frames_has_no_last_ones(tiny_checkpoint):
    checkpoint = load_checkpoint(tiny_checkpoint)
    checkpoint.model.phase = "text"
    assert not trust_in(checkpoint).reads_order


def test_the_verdict_is_the_headline_of_short_clips_only():
    parts = [moments(1, sadness=0.9), moments(1, happiness=0.9)]
    short = predicted(*parts, verdict={"happiness": 0.8})
    assert headline(short) == "Happiness"
    assert short.summary == "Sadness until 1.0 s, then happiness"
    long = predicted(*parts * 4, verdict={"happiness": 0.8})
    assert headline(long) == long.summary
    assert verdict_title(long) == "Happiness"


def test_a_verdict_that_the_curve_does_not_know_is_no_headline():
    odd = predicted(moments(2, sadness=0.9), verdict={"fear": 0.8})
    assert headline(odd) == "Sadness throughout"


def test_a_verdict_on_a_face_that_is_often_away_is_no_headline():
    away = predicted(moments(2, fear=0.9), nobody(2), verdict={"fear": 0.9})
    assert headline(away) == "Fear until 2.0 s, then nobody in view"


def test_a_still_is_told_as_one():
    still = predicted(moments(1 / FPS, fear=0.9), verdict={"fear": 0.9})
    assert headline(still) == "Fear in a still picture"
    assert verdict_line(still).startswith("Verdict on one picture: fear, ")
    assert still.share_of_time["fear"] == pytest.approx(1)


def test_the_line_says_what_the_verdict_is():
    calm = predicted(moments(2, fear=0.9), verdict={"fear": 0.6, "anger": 0.3})
    assert verdict_line(calm) == (
        "Verdict from 16 frames spread over the clip, of which the last weigh most: fear, 30 "
        "points ahead of anger."
    )
    unsure = dataclasses.replace(calm, uncertain=True, trust=Trust())
    assert verdict_title(unsure) == "Fear or anger?"
    assert verdict_line(unsure) == (
        "Verdict from 16 frames spread over the clip: fear or anger, uncertain with a lead of 30 "
        "points."
    )


def test_shares_of_time_are_of_the_whole_video():
    mixed = predicted(
        moments(4, neutral=0.9), nobody(4), moments(2, fear=0.45, anger=0.4), verdict={"fear": 0.9}
    )
    shares = mixed.share_of_time
    assert shares["neutral"] == pytest.approx(0.4, abs=0.01)
    assert shares["fear"] == pytest.approx(0.2, abs=0.01)
    assert sum(shares.values()) == pytest.approx(0.6, abs=0.02)
    assert list(shares) == list(SEVEN)


def test_a_plain_result_needs_no_badge():
    assert kinds(predicted(moments(2, fear=0.9), verdict={"fear": 0.9})) == []


def test_absence_is_marked_above_a_fifth():
    def absent(seconds):
        return predicted(moments(4, fear=0.9), nobody(seconds), verdict={"fear": 0.9})

    assert kinds(absent(0.8)) == []
    (badge,) = absent(4).badges
    assert badge.kind == "absent"
    assert badge.text.startswith("Nobody in view for 50 % of the time")
    other = dataclasses.replace(absent(4), faces_followed=2, face_id=1)
    assert other.badges[0].text.startswith("This face is not in view")
    assert other.badges[1].text == "2 faces were followed; this result is about number 2."
    assert other.summary == "Fear until 4.0 s, then this face not in view"


def test_uncertainty_is_explained_in_frequencies():
    unsure = predicted(moments(2, fear=0.9), verdict={"fear": 0.5}, uncertain=True)
    (badge,) = unsure.badges
    assert badge.text == (
        "The verdict is uncertain: on validation clips a lead below 39 points was wrong 6 times "
        "in 10, a larger one 2 times in 10."
    )
    doubtful = [moments(3, fear=0.45, anger=0.4), moments(7, neutral=0.9)]
    (badge,) = predicted(*doubtful, verdict={"fear": 0.9}).badges
    assert badge.text.startswith("30 % of the time is uncertain: ")


def test_an_uncalibrated_model_is_marked():
    assert kinds(predicted(moments(2, fear=0.9), verdict={"fear": 0.9}, trust=Trust())) == [
        "uncalibrated"
    ]


def test_the_document_tells_the_story():
    result = predicted(
        moments(2, neutral=0.9), nobody(2), moments(2, fear=0.9), verdict={"fear": 0.9}
    ).to_json()
    assert result["summary"] == "Neutral until 2.0 s, nobody in view until 4.0 s, then fear"
    assert [episode["expression"] for episode in result["episodes"]] == ["neutral", "fear"]
    assert result["frames_analysed"] == len(result["frames"]) == 90
    assert result["frames_with_face"] == 60
    assert set(result["badges"][0]) == {"kind", "title", "text"}


def test_the_table_tells_each_moment():
    result = predicted(
        moments(2, neutral=0.9), nobody(1), moments(2, fear=0.45, anger=0.4), verdict={"fear": 0.9}
    )
    header, *rows = [line.split(",") for line in frames_csv(result).splitlines()]
    assert header[-2:] == ["label", "certain"]
    assert [rows[place][-2:] for place in (3, 33, 50)] == [
        ["neutral", "1"],
        ["", ""],
        ["fear", "0"],
    ]
    column = header.index("smoothed_probability_neutral")
    assert float(rows[3][column]) == pytest.approx(result.frames.smoothed[3, 2], rel=1e-5)
    assert rows[33][column] == ""
