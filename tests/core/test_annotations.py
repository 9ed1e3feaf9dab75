import json

import pytest
from praatio import textgrid
from pympi.Elan import Eaf

from core.annotations import ENDINGS, write_annotations
from core.annotations.folder import AnnotationFolder
from core.errors import OutputError
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
