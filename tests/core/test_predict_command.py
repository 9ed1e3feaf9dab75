import csv
import json

import numpy as np
import pytest

from core.predict import main


@pytest.fixture
def face_clip(write_video, walk):
    return write_video("face.avi", [frame.image for frame in walk([(60, 60)] * 6)])


def run(capsys, *arguments):
    """Exit status, parsed standard output, standard error."""
    status = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return status, [json.loads(line) for line in captured.out.splitlines()], captured.err


def test_one_line_per_input_in_order_and_status_0(capsys, tiny_checkpoint, face_clip):
    options = ("--checkpoint", tiny_checkpoint, "--detector", "haar", "--device", "cpu")
    status, records, _ = run(capsys, face_clip, face_clip, *options)
    assert status == 0
    assert [record["video"] for record in records] == [str(face_clip)] * 2
    assert records[0]["checkpoint"] == "tiny"


def test_a_bad_input_is_reported_and_the_others_go_on(capsys, tiny_checkpoint, face_clip, tmp_path):
    status, records, _ = run(
        capsys, tmp_path / "gone.mp4", face_clip, "--checkpoint", tiny_checkpoint
    )
    assert status == 1
    assert records[0]["error"]["type"] == "VideoError"
    assert "gone.mp4" in records[0]["error"]["message"]
    assert records[1]["label"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--checkpoint", "nowhere"), "not a folder"),
        (("--device", "cuda:77"), "cuda:77"),
        (("--device", "toaster"), "toaster"),
    ],
)
def test_bad_arguments_are_one_sentence_and_status_2(
    capsys, tiny_checkpoint, face_clip, options, words
):
    status, records, errors = run(capsys, face_clip, "--checkpoint", tiny_checkpoint, *options)
    assert status == 2
    assert not records
    assert words in errors
    assert len(errors.strip().splitlines()) == 1


def test_unknown_flag_exits_2(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--wrong"])
    assert stop.value.code == 2


def test_out_and_csv_hold_the_same_results(capsys, tiny_checkpoint, face_clip, tmp_path):
    out, folder = tmp_path / "all.jsonl", tmp_path / "curves"
    _, records, _ = run(
        capsys, face_clip, "--checkpoint", tiny_checkpoint, "--out", out, "--csv-dir", folder
    )
    assert json.loads(out.read_text()) == records[0]
    with (folder / "face.avi.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(records[0]["frames"])
    first = records[0]["frames"][0]
    assert float(rows[0]["probability_fear"]) == pytest.approx(
        first["probabilities"]["fear"], abs=1e-5
    )
    assert float(rows[0]["face_width_px"]) == pytest.approx(first["face"][2], abs=0.01)


def test_csv_cells_are_empty_in_a_gap(capsys, tiny_checkpoint, write_video, walk, tmp_path):
    where = [(60, 60)] * 5 + [None] * 10 + [(60, 60)] * 5
    video = write_video("gap.avi", [frame.image for frame in walk(where)], fps=10)
    run(capsys, video, "--checkpoint", tiny_checkpoint, "--csv-dir", tmp_path)
    with (tmp_path / "gap.avi.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows[9]["face_x_px"] == ""
    assert rows[9]["probability_fear"] == ""
    assert rows[0]["face_x_px"] != ""


def test_all_faces_adds_the_face_id(capsys, tiny_checkpoint, face_clip):
    _, records, _ = run(capsys, face_clip, "--checkpoint", tiny_checkpoint, "--all-faces")
    assert records[0]["face_id"] == 0


def test_weird_pictures_are_answers_not_crashes(capsys, tiny_checkpoint, write_video, tmp_path):
    dot = write_video("dot.avi", [np.zeros((2, 2, 3), np.uint8)] * 3)
    ribbon = tmp_path / "ribbon"
    ribbon.mkdir()
    import cv2

    cv2.imwrite(str(ribbon / "1.png"), np.zeros((10, 10_000, 3), np.uint8))
    status, records, _ = run(capsys, dot, ribbon, "--checkpoint", tiny_checkpoint)
    assert status == 1
    assert [record["error"]["type"] for record in records] == ["NoFaceError"] * 2
