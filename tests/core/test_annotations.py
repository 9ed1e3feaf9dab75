import csv
import json

import pytest
from praatio import textgrid
from pympi.Elan import Eaf

from core.annotations import ENDINGS, Mark, read_marks, write_annotations
from core.annotations.folder import AnnotationFolder
from core.errors import ConfigError, OutputError
from core.table import frames_csv
from tests.core.planted import FPS, moments, nobody
from tests.core.test_trust import predicted


@pytest.fixture
def planted():
    """Neutral for 2 s, nobody for 2 s, then 2 s of doubt."""
    return predicted(
        moments(2, neutral=0.9), nobody(2), moments(2, fear=0.45, anger=0.4), verdict={"fear": 0.9}
    )


EPISODES = [(0, 2, "neutral"), (4, 6, "fear or anger")]


def near(spans):
    return [(pytest.approx(start, abs=0.04), pytest.approx(end, abs=0.04), text)
            for start, end, text in spans]  # fmt: skip


def test_elan_reads_the_tiers_back(planted, tmp_path):
    path = tmp_path / "planted.eaf"
    write_annotations(path, [planted], "eaf")
    document = Eaf(path)
    assert list(document.get_tier_names()) == ["episodes", "certain episodes", "in view"]

    def tier(name):
        return [
            (start / 1000, end / 1000, text)
            for start, end, text in sorted(document.get_annotation_data_for_tier(name))
        ]

    assert tier("episodes") == near(EPISODES)
    assert tier("certain episodes") == near(EPISODES[:1])
    assert tier("in view") == near([(0, 2, "in view"), (4, 6, "in view")])
    (media,) = document.get_linked_files()
    assert media["RELATIVE_MEDIA_URL"] == "./planted.mp4"


def test_praat_reads_the_tiers_back(planted, tmp_path):
    path = tmp_path / "planted.TextGrid"
    write_annotations(path, [planted], "textgrid")
    grid = textgrid.openTextgrid(str(path), includeEmptyIntervals=False)
    assert grid.tierNames == ("episodes", "certain episodes", "in view")
    assert [tuple(entry) for entry in grid.getTier("episodes").entries] == near(EPISODES)
    assert len(grid.getTier("certain episodes").entries) == 1
    assert grid.maxTimestamp == pytest.approx(6)


def test_a_boris_project_pairs_its_states(planted, tmp_path):
    path = tmp_path / "planted.boris"
    write_annotations(path, [planted], "boris")
    project = json.loads(path.read_text())
    codes = [each["code"] for each in project["behaviors_conf"].values()]
    assert codes == [*planted.labels, "in view"]
    keys = [each["key"] for each in project["behaviors_conf"].values()]
    assert len(set(keys)) == len(keys)
    assert project["subjects_conf"]["0"]["name"] == "face 1"
    observation = project["observations"]["planted.mp4"]
    assert observation["file"]["1"] == ["planted.mp4"]
    events = observation["events"]
    assert events == sorted(events)
    doubt = [event for event in events if event[2] == "fear"]
    assert [(event[0], *event[1:]) for event in doubt] == [
        (
            pytest.approx(time_s, abs=0.04),
            "face 1",
            "fear",
            "uncertain",
            "or anger; probability 0.45",
        )
        for time_s in (4, 6)
    ]
    calm = [event for event in events if event[2] == "neutral"]
    assert [event[3] for event in calm] == ["certain"] * 2
    assert {event[2] for event in events} <= set(codes)


@pytest.mark.parametrize("kind", ENDINGS)
def test_every_face_has_its_own(planted, tmp_path, kind):
    other = predicted(
        moments(6, surprise=0.9), verdict={"surprise": 0.9}, face_id=1, faces_followed=2
    )
    path = tmp_path / f"two{ENDINGS[kind]}"
    write_annotations(path, [planted, other], kind)
    text = path.read_text(encoding="utf-8")
    assert "face 1" in text
    assert "face 2" in text
    assert "surprise" in text


@pytest.mark.parametrize("kind", ENDINGS)
def test_a_still_has_a_length_in_every_format(tmp_path, kind):
    still = predicted(moments(1 / FPS, fear=0.9), verdict={"fear": 0.9}, duration_s=0.0)
    path = tmp_path / f"still{ENDINGS[kind]}"
    write_annotations(path, [still], kind)
    write_annotations(path, [still], kind)  # once more, over the first
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    if kind == "eaf":
        assert Eaf(path).get_annotation_data_for_tier("episodes") == [(0, 1, "fear")]
    if kind == "textgrid":
        grid = textgrid.openTextgrid(str(path), includeEmptyIntervals=False)
        assert grid.getTier("episodes").entries[0].label == "fear"


def test_a_file_that_cannot_be_written_leaves_nothing(planted, tmp_path):
    (tmp_path / "taken.eaf").mkdir()
    with pytest.raises(OSError, match="taken"):
        write_annotations(tmp_path / "taken.eaf", [planted], "eaf")
    assert [file.name for file in tmp_path.iterdir()] == ["taken.eaf"]


def test_inputs_of_one_name_keep_apart_and_none_is_overwritten(planted, tmp_path):
    videos = [str(tmp_path / "a" / "clip.mp4"), str(tmp_path / "b" / "clip.mp4")]
    folder = AnnotationFolder(tmp_path / "out", videos, "eaf")
    for number in range(2):
        folder.write(number, [planted])
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "a_clip.mp4.eaf", "b_clip.mp4.eaf",
    ]  # fmt: skip
    with pytest.raises(OutputError, match="overwrite"):
        AnnotationFolder(tmp_path, [*videos[:1], str(tmp_path / "clip.mp4.eaf")], "eaf")


MARKS = [Mark(0.5, 1.5, "looks away"), Mark(1.0, 1.0, "blink"), Mark(5.0, 5.5, "laughs")]


def test_marks_are_tiers_of_their_own_and_those_that_overlap_another(planted, tmp_path):
    path = tmp_path / "planted.eaf"
    write_annotations(path, [planted], "eaf", MARKS)
    document = Eaf(path)
    assert list(document.get_tier_names())[3:] == ["own marks", "own marks 2"]
    assert sorted(document.get_annotation_data_for_tier("own marks")) == [
        (500, 1500, "looks away"),
        (5000, 5500, "laughs"),
    ]
    assert document.get_annotation_data_for_tier("own marks 2") == [(1000, 1001, "blink")]


def test_praat_takes_marks_even_behind_the_end(planted, tmp_path):
    path = tmp_path / "planted.TextGrid"
    write_annotations(path, [planted], "textgrid", [*MARKS, Mark(7.0, 7.0, "after it")])
    grid = textgrid.openTextgrid(str(path), includeEmptyIntervals=False)
    texts = [entry.label for entry in grid.getTier("own marks").entries]
    assert texts == ["looks away", "laughs", "after it"]


def test_boris_gets_marks_as_states_with_their_notes(planted, tmp_path):
    path = tmp_path / "planted.boris"
    write_annotations(path, [planted], "boris", MARKS)
    project = json.loads(path.read_text())
    codes = {each["code"] for each in project["behaviors_conf"].values()}
    assert {"own marks", "own marks 2"} <= codes
    events = project["observations"]["planted.mp4"]["events"]
    own = [event for event in events if event[2].startswith("own marks")]
    assert [(event[0], event[4]) for event in own] == [
        (0.5, "looks away"),
        (1.0, "blink"),
        (1.001, "blink"),
        (1.5, "looks away"),
        (5.0, "laughs"),
        (5.5, "laughs"),
    ]


def test_a_table_has_a_column_of_marks_where_there_are_some(planted):
    assert "marks" not in frames_csv(planted).splitlines()[0]
    rows = list(csv.DictReader(frames_csv(planted, MARKS).splitlines()))
    noted = {row["marks"] for row in rows}
    assert noted == {"", "looks away", "looks away; blink", "laughs"}
    assert sum("blink" in row["marks"] for row in rows) == 1
    assert all(float(row["time_s"]) < 1.6 for row in rows if "looks" in row["marks"])


@pytest.mark.parametrize(
    "given",
    [
        "text",
        [1],
        [{}],
        [{"start_s": 1, "end_s": 0.5, "text": "back"}],
        [{"start_s": -1, "end_s": 0.5, "text": "before"}],
        [{"start_s": float("nan"), "end_s": 1, "text": ""}],
        [{"start_s": 0, "end_s": 1, "text": 7}],
        [{"start_s": 0, "end_s": 1, "text": "x" * 501}],
        [{"start_s": 0, "end_s": 1, "text": ""}] * 1001,
    ],
)
def test_what_is_no_mark_is_refused(given):
    with pytest.raises(ConfigError, match="mark"):
        read_marks(given)


def test_marks_are_read_in_order_and_without_control_characters():
    given = [mark.to_json() for mark in reversed(MARKS)]
    assert read_marks(given) == MARKS
    (mark,) = read_marks([{"start_s": 0, "end_s": 1, "text": "a\x00b\nc"}])
    assert mark.text == "a b c"
