"""Official lists and open forms are read as they are; what is wrong in them is named."""

import re
import shutil

import cv2
import numpy as np
import pytest

from core.errors import DataError
from core.faces.framing.framer import framing_digest
from core.labels import ELEVEN, SEVEN
from tests.train import layouts
from train.data.layouts.registry import DataOptions, open_dataset


def opened(path, layout, **options):
    return open_dataset(DataOptions([path], layout, **options))


def append(path, *lines):
    path.write_text(path.read_text() + "".join(f"{line}\n" for line in lines))


def test_dfew(tmp_path):
    dataset = opened(layouts.make_dfew(tmp_path), "dfew")
    assert dataset.class_names == SEVEN
    assert dataset.detector == "none"
    assert [record.name for record in dataset.records][:2] == ["00001", "00002"]
    assert dataset.labels().tolist() == [0, 1, 2] * 4
    first, second = dataset.folds
    assert first.name == "1"
    assert first.test.tolist() == [0, 1, 2, 6, 7, 8]
    assert first.train.tolist() == second.test.tolist() == [3, 4, 5, 9, 10, 11]
    pictures = dataset.read(1, 1.0)
    assert len(pictures) == 5
    assert pictures.crops[0].shape == (40, 40, 3)


def test_ferv39k_in_natural_order(tmp_path):
    dataset = opened(layouts.make_ferv39k(tmp_path), "ferv39k")
    (fold,) = dataset.folds
    assert (len(fold.train), len(fold.test)) == (9, 3)
    assert dataset.class_names == SEVEN
    crops = dataset.read(0, 1.0).crops
    folder = dataset.paths[0]
    second, last = (cv2.imread(str(folder / name)) for name in ("2.jpg", "11.jpg"))
    assert np.abs(crops[1].astype(int) - second).mean() < 3
    assert np.abs(crops[10].astype(int) - last).mean() < 3


def test_mafw_crops_raw_videos(tmp_path):
    dataset = opened(layouts.make_mafw(tmp_path), "mafw", detector="center")
    assert dataset.class_names == ELEVEN
    # Part of what stored features and squares are known by.
    assert dataset.detector == f"center, framed {framing_digest()}"
    assert dataset.labels()[2] == ELEVEN.index("contempt")
    assert [fold.name for fold in dataset.folds] == ["1", "2"]
    assert len(dataset.read(0, 1.0)) == 5


def test_mafw_with_frames_cropped_elsewhere(tmp_path):
    root = layouts.make_mafw(tmp_path)
    for i in range(12):
        layouts.write_frames(root / f"faces/{i + 1:05d}", i % 3, i, count=3)
    dataset = opened(root, "mafw", frames="faces")
    assert dataset.detector == "none"
    assert len(dataset.read(0, 1.0)) == 3


def test_folders(tmp_path):
    dataset = opened(layouts.make_folders(tmp_path), "folders", detector="none")
    assert dataset.class_names == ("happiness", "sadness", "neutral")
    (fold,) = dataset.folds
    assert (len(fold.train), len(fold.validation), len(fold.test)) == (6, 0, 3)


def test_a_folder_per_class_without_parts_is_all_training(tmp_path):
    root = layouts.make_folders(tmp_path) / "train"
    (fold,) = opened(root, "folders", detector="none").folds
    assert (len(fold.train), len(fold.test)) == (6, 0)


def test_table(tmp_path):
    dataset = opened(layouts.make_table(tmp_path), "table", detector="none")
    assert dataset.class_names == ("happiness", "sadness", "contempt")
    assert dataset.people()[3] == "person 1"
    a, b = dataset.folds
    assert (a.name, a.test.tolist()) == ("a", [0, 3, 6])
    assert b.train.tolist() == [0, 3, 6]


def test_classes_of_open_forms_are_explicit(tmp_path):
    path = tmp_path / "t.csv"
    layouts.write_clip(tmp_path / "a.mp4", 0, 0)
    layouts.write_text(path, ["path,label", "a.mp4,bored"])
    with pytest.raises(DataError, match=r"bored.*--classes"):
        opened(path, "table", detector="none")
    dataset = opened(path, "table", classes=("tired", "bored"), detector="none")
    assert dataset.labels().tolist() == [1]
    with pytest.raises(DataError, match="bored, not among --classes"):
        opened(path, "table", classes=("tired",), detector="none")


def test_every_bad_row_is_named_with_file_and_line(tmp_path):
    root = layouts.make_dfew(tmp_path)
    train = root / "EmoLabel_DataSplit/train(single-labeled)/set_1.csv"
    append(train, "5,nine", "6,9", "1,1", "11,3")
    with pytest.raises(DataError) as caught:
        opened(root, "dfew")
    message = str(caught.value)
    assert "5 rows cannot be used" in message.splitlines()[0]
    for words in (
        r"set_1.csv:8: expected 'video_name,label', got '5,nine'",
        r"set_1.csv:9: label must be 1-7, got 9",
        r"set_1.csv:2: 00001 is in the test part of fold 1, but also in its train .*set_1.csv:10\)",
        r"set_1.csv:11: 00011 is neutral here, but sadness in",
        r"set_1.csv:11: 00011 is in the train part of fold 1, as it was before in the train part",
    ):
        assert re.search(words, message), words


def test_a_mistake_in_all_names_is_told_once(tmp_path):
    root = layouts.make_dfew(tmp_path, clips=30)
    for folder in list((root / "Clip/clip_224x224").iterdir()):
        folder.rename(folder.with_name(folder.name.lstrip("0")))
    with pytest.raises(DataError) as caught:
        opened(root, "dfew")
    first, *lines = str(caught.value).splitlines()
    assert "none of the 30 clips is where the lists say" in first
    assert len(lines) == 11
    assert lines[0].endswith("00001 is missing")
    assert lines[-1].strip() == "… and 20 more"


@pytest.mark.parametrize("line", ["1,1", "5;5"])
def test_thousands_of_bad_rows_are_counted_and_ten_shown(tmp_path, line):
    root = layouts.make_dfew(tmp_path)
    append(root / "EmoLabel_DataSplit/train(single-labeled)/set_1.csv", *[line] * 3000)
    with pytest.raises(DataError) as caught:
        opened(root, "dfew")
    first, *lines = str(caught.value).splitlines()
    assert "3000 rows cannot be used" in first
    assert len(lines) == 11


def test_two_lists_of_one_part_are_not_chosen_between(tmp_path):
    root = layouts.make_ferv39k(tmp_path)
    lists = root / "4_setups/All_scenes"
    shutil.copy(lists / "test_All.csv", lists / "test_All.txt")
    with pytest.raises(DataError, match=r"test_All\.csv, test_All\.txt where one is expected"):
        opened(root, "ferv39k")


def test_a_clip_in_training_and_test_is_named(tmp_path):
    root = layouts.make_dfew(tmp_path)
    append(root / "EmoLabel_DataSplit/test(single-labeled)/set_1.csv", "4,1")
    with pytest.raises(
        DataError, match=r"00004 is in the test part of fold 1, but also in its train"
    ):
        opened(root, "dfew")


@pytest.mark.parametrize(
    ("layout", "path", "line", "words"),
    [
        ("ferv39k", "4_setups/All_scenes/train_All.csv", "Action/Sad/1 Bored", "train_All.csv:10"),
        ("mafw", "Train & Test Set/single/no_caption/set_1/test.txt", "1.mp4 anger_fear",
         "test.txt:7"),
    ],
)  # fmt: skip
def test_foreign_labels_are_named(tmp_path, layout, path, line, words):
    root = getattr(layouts, f"make_{layout}")(tmp_path)
    append(root / path, line)
    with pytest.raises(DataError, match=words):
        opened(root, layout, detector="center")


@pytest.mark.parametrize("layout", ["dfew", "ferv39k", "mafw"])
def test_another_folder_is_recognised(tmp_path, layout):
    with pytest.raises(DataError, match="root folder"):
        opened(tmp_path, layout)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["file,label", "a.mp4,happy"], "first line must be path,label"),
        (["path,label", ",happy"], "t.csv:2: path or label is empty"),
        (["path,label", "b.mp4,sad"], "t.csv:2: .*b.mp4 is missing"),
        (["path,label,fold", "a.mp4,happy,1", "a.mp4,happy,"], "t.csv:3: fold is ''"),
        ([""], "first line"),
    ],
)
def test_bad_tables(tmp_path, lines, words):
    layouts.write_clip(tmp_path / "a.mp4", 0, 0)
    layouts.write_text(tmp_path / "t.csv", lines)
    with pytest.raises(DataError, match=words):
        opened(tmp_path / "t.csv", "table", detector="none")


def test_a_clip_without_a_face_and_a_broken_one_are_named_by_line(tmp_path):
    path = layouts.make_table(tmp_path)
    dataset = opened(path, "table", detector="haar")
    with pytest.raises(DataError, match=r"clips\.csv:2: videos/0\.mp4: no face"):
        dataset.read(0, 1.0)
    (tmp_path / "videos/1.mp4").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"clips\.csv:3: videos/1\.mp4: .*1\.mp4"):
        dataset.read(1, 1.0)


def test_our_crop_is_predictions_crop(tmp_path, portrait_file):
    from core.faces.detectors import HaarDetector
    from core.faces.follow import follow_faces
    from core.video import open_video

    layouts.write_text(tmp_path / "t.csv", ["path,label", f"{portrait_file},neutral"])
    dataset = opened(tmp_path / "t.csv", "table", detector="haar")
    with open_video(portrait_file) as video:
        expected = [o.faces[0].crop for o in follow_faces(video, HaarDetector(), crop_scale=1.2)]
    crops = dataset.read(0, 1.2).crops
    assert len(crops) == 4
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(crops, expected, strict=True))


@pytest.fixture
def portrait_file(tmp_path):
    from skimage.data import astronaut

    path = tmp_path / "portrait.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (256, 256))
    for shift in range(4):
        writer.write(np.ascontiguousarray(astronaut()[:256, 90 + shift : 346 + shift, ::-1]))
    writer.release()
    return path


def test_fingerprint_is_the_same_elsewhere_and_changes_with_the_data(tmp_path):
    first = opened(layouts.make_dfew(tmp_path / "a"), "dfew")
    again = opened(layouts.make_dfew(tmp_path / "b"), "dfew")
    assert first.fingerprint == again.fingerprint
    (tmp_path / "b/Clip/clip_224x224/00001/00001.jpg").unlink()
    assert opened(tmp_path / "b", "dfew").fingerprint != first.fingerprint


def test_a_list_in_another_encoding_is_told(tmp_path):
    root = layouts.make_dfew(tmp_path)
    path = root / "EmoLabel_DataSplit/train(single-labeled)/set_1.csv"
    path.write_text(path.read_text(), encoding="utf-16")
    with pytest.raises(DataError, match=r"set_1\.csv cannot be read as a list .* in UTF-8"):
        opened(root, "dfew")
