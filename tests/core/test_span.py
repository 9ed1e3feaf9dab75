import json

import numpy as np
import pytest

from core import load_predictor
from core.errors import ConfigError, VideoError
from core.pacing import pace
from core.predict import main
from core.span import WHOLE, Span
from core.video import Part, open_video


@pytest.fixture
def clip(write_video, walk):
    """Three seconds at 10 frames a second; the face is there throughout."""
    return write_video("walk.avi", [frame.image for frame in walk([(60, 60)] * 30)])


@pytest.mark.parametrize(
    ("start_s", "end_s", "words"),
    [
        (-0.1, 1.0, "0 s or later"),
        (float("nan"), 1.0, "0 s or later"),
        (float("inf"), 1.0, "0 s or later"),
        (1.0, 1.0, "after it begins"),
        (2.0, 1.0, "got 2 s to 1 s"),
        (0.0, float("nan"), "after it begins"),
    ],
)
def test_a_range_that_is_none_is_refused(start_s, end_s, words):
    with pytest.raises(ConfigError, match=words):
        Span(start_s, end_s)


def test_only_the_range_is_handed_out_at_the_clips_own_times(clip):
    with Part(open_video(clip), Span(0.5, 1.0)) as source:
        frames = list(pace(source))
    np.testing.assert_allclose([frame.time_s for frame in frames], np.arange(5, 10) / 10)
    assert [frame.index for frame in frames] == [5, 6, 7, 8, 9]
    assert source.duration_s == pytest.approx(1.0)
    assert source.frames_read == 11  # one tells that the range has ended


def test_a_range_of_a_long_video_is_thinned_like_any_other(write_video):
    grey = np.full((32, 32, 3), 90, np.uint8)
    path = write_video("long.avi", [grey] * 300, fps=30)
    with Part(open_video(path), Span(1.0, 8.0)) as source:
        times_s = [frame.time_s for frame in pace(source)]
    assert (times_s[0], times_s[-1]) == pytest.approx((1.0, 8.0 - 2 / 30), abs=0.04)
    assert len(times_s) == pytest.approx(7 * 15, abs=2)


def test_a_prediction_of_a_range_says_so_and_fills_it(clip, tiny_checkpoint):
    predictor = load_predictor(tiny_checkpoint, device="cpu", detector="haar")
    told = []
    result = predictor.predict(clip, span=Span(1.0, 2.0), progress=told.append)
    assert result.frames.times_s[0] == pytest.approx(1.0)
    assert result.duration_s == pytest.approx(2.0)
    assert result.length_s == pytest.approx(1.0)
    assert sum(result.share_of_time.values()) == pytest.approx(1.0)
    assert result.episodes[0].start_s == pytest.approx(1.0)
    assert result.episodes[-1].end_s == pytest.approx(2.0)
    assert result.to_json()["range_s"] == [1.0, 2.0]
    assert max(state.done for state in told) == 1.0
    assert "range_s" not in predictor.predict(clip, span=WHOLE).to_json()


def test_a_range_behind_the_end_is_one_sentence(clip, tiny_checkpoint):
    predictor = load_predictor(tiny_checkpoint, device="cpu", detector="haar")
    with pytest.raises(VideoError, match=r"walk\.avi shows no frame from 7 s .*ends at 3\.00 s"):
        predictor.predict(clip, span=Span(7.0))


def test_the_command_takes_a_range(clip, tiny_checkpoint, capsys):
    given = [str(clip), "--checkpoint", str(tiny_checkpoint), "--device", "cpu"]
    assert main([*given, "--start", "0.5", "--end", "1"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["frames"][0]["time_s"] == pytest.approx(0.5)
    assert record["frames_analysed"] == 5
    assert main([*given, "--start", "2", "--end", "1"]) == 2
    assert "ends after it begins" in capsys.readouterr().err


def test_how_many_frames_a_range_has_is_known_where_the_whole_states_it(clip):
    for span, expected in ((Span(0.5, 1.0), 5), (Span(2.0, 9.0), 10), (Span(5.0, 6.0), 0)):
        with Part(open_video(clip), span) as source:
            assert source.stated_frames == expected
