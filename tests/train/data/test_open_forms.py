"""Anybody's folders and tables: what they say is used, what they leave open is told."""

import pytest

from core.errors import DataError
from tests.train import layouts
from train.data.layouts.registry import DataOptions, open_dataset


def opened(*paths, layout="table", **options):
    return open_dataset(DataOptions(list(paths), layout, detector="none", **options))


def touch(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"clip")
    return root


def table(path, *lines):
    layouts.write_text(path, lines)
    return path


@pytest.mark.parametrize("word", ["val", "Valid", "validation", "dev"])
def test_validation_goes_by_several_names(tmp_path, word):
    root = touch(tmp_path, "Train/happy/a.mp4", f"{word}/happy/b.mp4", "test/sad/c.mp4")
    (fold,) = opened(root, layout="folders").folds
    assert (len(fold.train), len(fold.validation), len(fold.test)) == (1, 1, 1)


def test_a_part_under_two_names_is_refused(tmp_path):
    root = touch(tmp_path, "train/happy/a.mp4", "val/happy/b.mp4", "valid/sad/c.mp4")
    with pytest.raises(DataError, match="val and valid, which both name the validation part"):
        opened(root, layout="folders")


def test_folders_beside_the_parts_are_told(tmp_path):
    root = touch(tmp_path, "train/happy/a.mp4", "test/sad/c.mp4", "holdout/sad/d.mp4")
    (note,) = opened(root, layout="folders").notes
    assert note.startswith("holdout beside the parts")


def test_a_folder_of_clips_names_a_person(tmp_path):
    root = touch(tmp_path, "happy/Ann/1.mp4", "happy/2.mp4", "sad/Ann/3.mp4")
    layouts.write_frames(root / "sad/Bob/4", 1, 4, count=2)
    layouts.write_frames(root / "sad/5", 1, 5, count=2)
    dataset = opened(root, layout="folders")
    people = {record.name: record.person for record in dataset.records}
    assert people == {
        "happy/Ann/1.mp4": "Ann", "happy/2.mp4": "", "sad/Ann/3.mp4": "Ann",
        "sad/Bob/4": "Bob", "sad/5": "",
    }  # fmt: skip


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path):
    with pytest.raises(DataError, match="is no folder"):
        opened(table(tmp_path / "list.csv", "path,label"), layout="folders")


def test_spelling_of_labels_parts_and_columns_does_not_matter(tmp_path):
    touch(tmp_path, "a.mp4", "b.mp4", "c.mp4")
    lines = ["Path, Label ,FOLD", "a.mp4, Happy ,Train", "b.mp4,SAD,val", "./c.mp4,happiness,TEST"]
    dataset = opened(table(tmp_path / "t.csv", *lines))
    assert dataset.class_names == ("happiness", "sadness")
    assert [record.name for record in dataset.records] == ["a.mp4", "b.mp4", "c.mp4"]
    (fold,) = dataset.folds
    assert [rows.tolist() for rows in (fold.train, fold.validation, fold.test)] == [[0], [1], [2]]


def test_given_classes_may_be_spelled_like_the_labels(tmp_path):
    touch(tmp_path, "a.mp4", "b.mp4")
    path = table(tmp_path / "t.csv", "path,label", "a.mp4,Very Happy", "b.mp4,very  happy")
    assert opened(path, classes=("Sad", "Very happy")).labels().tolist() == [1, 1]


@pytest.mark.parametrize("given", [("happy", "sad", "happy"), ("happy", "Happiness")])
def test_a_class_named_twice_is_refused(tmp_path, given):
    touch(tmp_path, "a.mp4")
    path = table(tmp_path / "t.csv", "path,label", "a.mp4,happy")
    with pytest.raises(DataError, match="--classes names happiness twice"):
        opened(path, classes=given)


def test_parts_may_be_tables_of_their_own(tmp_path):
    touch(tmp_path, "a.mp4", "b.mp4", "more/c.mp4")
    train = table(tmp_path / "train.csv", "path,label", "a.mp4,happy", "b.mp4,sad")
    test = table(tmp_path / "more/test.csv", "path,label", "c.mp4,sad")
    dataset = opened(train, test)
    (fold,) = dataset.folds
    assert dataset.name == "train-test"
    assert [record.name for record in dataset.records] == ["a.mp4", "b.mp4", "more/c.mp4"]
    assert (fold.train.tolist(), fold.test.tolist()) == ([0, 1], [2])


def test_one_clip_in_two_tables_is_told(tmp_path):
    touch(tmp_path, "a.mp4")
    first = table(tmp_path / "train.csv", "path,label", "a.mp4,happy")
    for name, words in (("test.csv", "but also in its train"), ("more.csv", "as it was before")):
        second = table(tmp_path / name, "path,label", "./a.mp4,happy")
        with pytest.raises(DataError, match=rf"{name}:2: a\.mp4 is in .*{words}"):
            opened(first, second)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["path;label", "a.mp4;happy"], "path,label.* with commas, got 'path;label'"),
        (["path,label,label", "a.mp4,happy,sad"], "a column is there twice"),
        (["path,label,age", "a.mp4,happy,7"], "got 'path,label,age'"),
        (["path,label", "a.mp4,happy,sad"], "t.csv:2: 1 cells more than columns"),
        (["path,label"], "no clip is listed"),
        ([], "first line must be"),
    ],
)
def test_tables_that_say_something_else_are_told(tmp_path, lines, words):
    touch(tmp_path, "a.mp4")
    with pytest.raises(DataError, match=words):
        opened(table(tmp_path / "t.csv", *lines))


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_other_encodings_are_told(tmp_path, encoding):
    (tmp_path / "t.csv").write_text("path,label\nfrüh.mp4,happy\n", encoding=encoding)
    with pytest.raises(DataError, match=r"t\.csv cannot be read as CSV .* in UTF-8"):
        opened(tmp_path / "t.csv")


def test_absolute_paths_are_relative_where_they_can_be(tmp_path):
    touch(tmp_path, "here/a.mp4", "there/b.mp4")
    inside, outside = tmp_path / "here/a.mp4", tmp_path / "there/b.mp4"
    path = tmp_path / "here/t.csv"
    dataset = opened(table(path, "path,label", f"{inside},happy", f"{outside},sad"))
    assert {record.name for record in dataset.records} == {"a.mp4", str(outside)}
    (note,) = dataset.notes
    assert note.startswith("1 paths are absolute")
    assert opened(table(path, "path,label", "../there/b.mp4,sad")).records[0].name == (
        "../there/b.mp4"
    )
