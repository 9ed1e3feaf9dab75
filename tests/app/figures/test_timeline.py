import json

import numpy as np
import pytest

from app.figures.timeline import PLOT_CONFIG, gaps, raw_and_smooth, timeline

LABELS = ["happiness", "neutral"]
TIMES = np.array([0.0, 0.1, 0.3])
VALUES = np.array([[0.9, 0.1], [np.nan, np.nan], [0.4, 0.6]], np.float32)


def test_one_named_curve_per_class_over_real_seconds():
    figure = timeline(TIMES, VALUES, LABELS)
    assert [trace["name"] for trace in figure["data"]] == LABELS
    assert figure["data"][0]["x"] == [0.0, 0.1, 0.3]
    assert figure["data"][1]["y"] == [0.1, None, 0.6]
    assert not figure["data"][0]["connectgaps"]


def test_axes_are_named_with_their_unit():
    layout = timeline(TIMES, VALUES, LABELS, quantity="cosine")["layout"]
    assert layout["xaxis"]["title"]["text"] == "time [s]"
    assert layout["yaxis"]["title"]["text"] == "cosine similarity"
    assert "range" not in layout["yaxis"]


def test_modes_differ_in_colour_only():
    light, dark = (timeline(TIMES, VALUES, LABELS, mode=mode) for mode in ("light", "dark"))
    assert light["data"][0]["line"]["color"] != dark["data"][0]["line"]["color"]
    assert light["data"][0]["line"]["dash"] == dark["data"][0]["line"]["dash"]


def test_a_figure_is_plain_json():
    json.dumps(timeline(TIMES, VALUES, LABELS), allow_nan=False)


def test_wrong_shapes_are_named():
    with pytest.raises(ValueError, match=r"\(3, 2\).*\(2, 2\)"):
        timeline(TIMES, VALUES[:2], LABELS)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([True, True, True], []),
        ([True, False, True], [(0.05, 0.2)]),
        ([False, True, False], [(0.0, 0.05), (0.2, 0.5)]),
        ([False, False, False], [(0.0, 0.5)]),
    ],
)
def test_gaps_reach_halfway_to_the_next_face(found, expected):
    assert gaps(TIMES, np.array(found), 0.5) == expected


def test_smoothing_calms_a_curve_and_keeps_its_gaps():
    times_s = np.arange(40) / 10
    values = np.where(np.arange(40) % 2, 0.6, 0.4)[:, None].astype(np.float32)
    values[20] = np.nan
    curves = raw_and_smooth(times_s, values)
    raw, smooth = curves["raw"][0], curves["smooth"][0]
    assert raw[20] is None
    assert smooth[20] is None
    swings = [np.ptp(curve[5:15]) for curve in (raw, smooth)]
    assert swings[1] < 0.5 * swings[0]


def test_charts_have_no_upload_button():
    assert PLOT_CONFIG["showSendToCloud"] is False
    assert PLOT_CONFIG["displaylogo"] is False
