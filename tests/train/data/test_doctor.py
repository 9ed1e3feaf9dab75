import json
import shutil

import numpy as np
import pytest

from tests.train import layouts
from train.__main__ import main
from train.data.doctor import examine as doctor
from train.data.doctor import files
from train.data.doctor.examine import examine
from train.data.doctor.known_counts import KNOWN, KnownCounts
from train.data.layouts.registry import DataOptions, open_dataset


def opened(path, layout, **options):
    return open_dataset(DataOptions([path], layout, **options))


def test_known_counts_add_up():
    totals = {name: sum(known.classes) for name, known in KNOWN.items()}
    assert totals == {"dfew": 11697, "ferv39k": 38935, "mafw": 9172}
    for known in KNOWN.values():
        for train, test in known.parts.values():
            assert train + test == sum(known.classes)
        assert sum(known.test_classes) == next(iter(known.parts.values()))[1]


def test_counts_are_compared_with_the_known_ones(tmp_path):
    found = examine(opened(layouts.make_dfew(tmp_path), "dfew"))
    text = "\n".join(found.warnings)
    assert "fold 1 has 6 training and 6 test clips; the official lists have 9356 and 2341" in text
    assert "folds 3, 4, 5 are missing" in text
    assert "all clips: 4 clips of happiness, officially 2445" in text


def test_a_complete_dataset_gives_no_warning(tmp_path, monkeypatch):
    mini = KnownCounts({"1": (6, 6), "2": (6, 6)}, (4, 4, 4, 0, 0, 0, 0), (2, 2, 2, 0, 0, 0, 0))
    monkeypatch.setitem(doctor.KNOWN, "dfew", mini)
    root = layouts.make_dfew(tmp_path)
    monkeypatch.setattr(files, "SMALL_PX", 32)
    found = examine(opened(root, "dfew"))
    assert found.warnings == []
    assert found.sizes == {"40×40": 12}
    assert found.tables["1"]["test"] == [2, 2, 2, 0, 0, 0, 0]


def test_order_gaps_sizes_and_lengths(tmp_path):
    root = layouts.make_ferv39k(tmp_path)
    clip = root / "2_ClipsforFaceCrop/Action/Happy/0000"
    (clip / "5.jpg").unlink()
    found = examine(opened(root, "ferv39k"))
    warnings, notes = "\n".join(found.warnings), "\n".join(found.notes)
    assert "12 clips have frame names that plain sorting would put out of order" in notes
    assert "frame numbers leave gaps in 1 clips (Action/Happy/0000)" in warnings
    assert "is only 40×40 px" in warnings
    assert "10 to 11, median 11; 12 clips are shorter than 16" in notes


def test_the_interpolated_variant_is_recognised(tmp_path):
    root = layouts.make_dfew(tmp_path)
    shutil.rmtree(root / "Clip")
    for i in range(12):
        layouts.write_frames(root / f"Clip/clip_224x224/{i + 1:05d}", i % 3, i, count=16)
    assert "interpolated variant" in "\n".join(examine(opened(root, "dfew")).warnings)


def test_the_same_clip_under_two_names_is_found(tmp_path):
    root = layouts.make_dfew(tmp_path)
    folders = root / "Clip/clip_224x224"
    shutil.rmtree(folders / "00001")
    shutil.copytree(folders / "00004", folders / "00001")
    text = "\n".join(examine(opened(root, "dfew")).warnings)
    assert "fold 1: the same clip is in training (00004) and test (00001)" in text


def test_crops_that_are_not_square_are_told(tmp_path):
    dataset = opened(layouts.make_folders(tmp_path), "folders", detector="none")
    assert not any("are not square" in warning for warning in examine(dataset).warnings)
    import cv2

    path = dataset.paths[0]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 10, (64, 40))
    writer.write(np.zeros((40, 64, 3), np.uint8))
    writer.release()
    assert any("1 clips are not square" in warning for warning in examine(dataset).warnings)


@pytest.mark.parametrize("every_frame", [False, True])
def test_command_names_unreadable_clips_and_ends_with_2(tmp_path, capsys, every_frame):
    path = layouts.make_table(tmp_path)
    (tmp_path / "videos/4.mp4").write_bytes(b"no video at all")
    words = ["check-data", "--data", str(path), "--layout", "table", "--detector", "none"]
    words += ["--out", str(tmp_path / "found.json")] + ["--every-frame"] * every_frame
    assert main(words) == 2
    printed = capsys.readouterr()
    assert "clips.csv:6" in printed.err
    assert "fingerprint: " in printed.out
    assert "contempt" in printed.out
    assert len(json.loads((tmp_path / "found.json").read_text())["problems"]) == 1


def test_command_on_canvases(canvas_file, capsys):
    assert main(["check-data", "--data", str(canvas_file), "--layout", "canvas"]) == 0
    printed = capsys.readouterr().out
    assert "18 clips" in printed
    assert "nothing unusual" in printed
