import os
from pathlib import Path

import pytest

from core.csv_folder import CsvFolder, longest_name, plan_names
from core.errors import OutputError


def test_different_names_stay_as_they_are():
    assert plan_names(["a/clip.mp4", "b/clip.avi"], 255) == ["clip.mp4", "clip.avi"]


def test_inputs_of_one_name_get_the_folders_that_tell_them_apart():
    assert plan_names(["s01/clip.mp4", "other.mp4", "s02/clip.mp4"], 255) == [
        "s01_clip.mp4", "other.mp4", "s02_clip.mp4",
    ]  # fmt: skip
    assert plan_names(["a/x/clip.mp4", "b/x/clip.mp4", "clip.mp4"], 255) == [
        "a_x_clip.mp4", "b_x_clip.mp4", "clip.mp4",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "videos",
    [
        ("p1/Clip.mp4", "p1/clip.MP4"),  # one file on a disk that knows no capitals
        ("p1/clip.mp4", "p2/clip.mp4", "p1_clip.mp4"),
        ("p/caf\u00e9.mp4", "p/cafe\u0301.mp4"),
        ("a_b/clip.mp4", "a/b_clip.mp4", "a/clip.mp4", "b/clip.mp4", "x/b_clip.mp4"),
        ("/one/" + "n" * 251, "/two/" + "n" * 251),
    ],
)
def test_no_two_inputs_share_a_table_whatever_their_order(videos):
    names = dict(zip(videos, plan_names(videos, 255), strict=True))
    assert len({name.casefold() for name in names.values()}) == len(videos)
    turned = videos[::-1]
    assert dict(zip(turned, plan_names(turned, 255), strict=True)) == names


def test_one_file_named_twice_has_one_table():
    assert plan_names(["p/clip.mp4", "./p/../p/clip.mp4"], 255) == ["clip.mp4", "clip.mp4"]


@pytest.mark.parametrize("name", ["n" * 248 + ".mp4", "\u00e9" * 124 + ".mp4", "\udce9" * 252])
def test_a_name_without_room_for_the_ending_is_shortened(name, tmp_path):
    (planned,) = plan_names([name], longest_name(tmp_path))
    (tmp_path / f"{planned}.face12.csv.partial").write_bytes(b"")
    assert len(os.fsencode(planned)) > 200
    other = name[:-1] + "x"
    assert plan_names([other], longest_name(tmp_path)) != [planned]


def test_a_folder_named_as_a_dot_has_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert plan_names(["."], 255) == [tmp_path.name]


@pytest.mark.parametrize(
    ("with_face_id", "victim"), [(False, "face.avi.csv"), (True, "face.avi.face0.csv")]
)
def test_a_table_may_not_overwrite_an_input(tmp_path, with_face_id, victim):
    videos = ["elsewhere/face.avi", str(tmp_path / victim)]
    with pytest.raises(OutputError, match="would overwrite the input"):
        CsvFolder(tmp_path, videos, with_face_id=with_face_id)
    CsvFolder(tmp_path / "tables", videos, with_face_id=with_face_id)


def test_what_it_holds_is_what_it_will_write(tmp_path):
    folder = CsvFolder(tmp_path, ["face.avi"], with_face_id=False)
    assert folder.holds(tmp_path / "x" / ".." / "face.avi.csv")
    assert not folder.holds(tmp_path / "face.avi.jsonl")
    assert not folder.holds(Path("face.avi.csv").absolute())
