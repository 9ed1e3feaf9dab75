import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.predict import describe, main

ROOT = Path(__file__).parents[2]


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


@pytest.mark.parametrize("kind", ["eaf", "textgrid", "boris"])
def test_annotations_are_written_beside_the_lines(
    capsys, tiny_checkpoint, face_clip, tmp_path, kind
):
    folder = tmp_path / "annotations"
    options = ("--annotations", folder, "--annotation-format", kind)
    status, records, _ = run(capsys, face_clip, "--checkpoint", tiny_checkpoint, *options)
    assert status == 0
    (written,) = folder.iterdir()
    assert written.name.lower() == f"face.avi.{kind}"
    assert records[0]["episodes"][0]["expression"] in written.read_text(encoding="utf-8")


def test_out_is_no_annotation_file(capsys, tiny_checkpoint, face_clip, tmp_path):
    options = ("--annotations", tmp_path, "--out", tmp_path / "face.avi.eaf")
    status, _, errors = run(capsys, face_clip, "--checkpoint", tiny_checkpoint, *options)
    assert status == 2
    assert "--annotations" in errors


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


@pytest.fixture
def namesakes(face_clip, tmp_path):
    """The same film as p1/face.avi and p2/face.avi."""
    paths = [tmp_path / folder / "face.avi" for folder in ("p1", "p2")]
    for path in paths:
        path.parent.mkdir()
        path.write_bytes(face_clip.read_bytes())
    return paths


def test_inputs_of_one_name_keep_their_own_tables(capsys, tiny_checkpoint, namesakes, tmp_path):
    folder = tmp_path / "curves"
    status, _, _ = run(
        capsys, *namesakes, "--checkpoint", tiny_checkpoint, "--csv-dir", folder, "--all-faces"
    )
    assert status == 0
    assert {path.name for path in folder.iterdir()} == {
        "p1_face.avi.face0.csv", "p2_face.avi.face0.csv",
    }  # fmt: skip


def test_an_input_named_by_out_is_refused_before_work(capsys, tiny_checkpoint, face_clip):
    before = face_clip.read_bytes()
    status, records, errors = run(
        capsys, face_clip, "--checkpoint", tiny_checkpoint, "--out", face_clip
    )
    assert (status, records) == (2, [])
    assert "would overwrite the input" in errors
    assert face_clip.read_bytes() == before


def test_the_longest_name_keeps_its_table(capsys, tiny_checkpoint, face_clip, tmp_path):
    path = face_clip.rename(tmp_path / ("n" * 248 + ".avi"))
    folder = tmp_path / "curves"
    status, _, _ = run(capsys, path, "--checkpoint", tiny_checkpoint, "--csv-dir", folder)
    assert status == 0
    assert len(list(folder.glob("nnn*.csv"))) == 1


def test_a_table_that_cannot_be_written_loses_no_prediction(
    capsys, tiny_checkpoint, namesakes, tmp_path
):
    folder = tmp_path / "curves"
    (folder / "p1_face.avi.csv").mkdir(parents=True)  # no file can take its place
    status, records, errors = run(
        capsys, *namesakes, "--checkpoint", tiny_checkpoint, "--csv-dir", folder
    )
    assert status == 1
    assert all(record["label"] for record in records)
    assert errors.count("a table cannot be written") == 1
    assert [path.name for path in sorted(folder.iterdir())] == [
        "p1_face.avi.csv", "p2_face.avi.csv",
    ]  # fmt: skip


@pytest.mark.parametrize("failure", [MemoryError, RuntimeError, RecursionError, "cv2"])
def test_whatever_one_input_sets_off_the_others_go_on(
    capsys, tiny_checkpoint, face_clip, monkeypatch, failure
):
    import cv2

    from core.faces.haar import HaarDetector

    calls = []
    detect = HaarDetector.detect

    def stumble(self, frame):
        calls.append(frame)
        if len(calls) == 1:
            raise cv2.error("bad\nsize") if failure == "cv2" else failure("something")
        return detect(self, frame)

    monkeypatch.setattr(HaarDetector, "detect", stumble)
    options = ("--checkpoint", tiny_checkpoint, "--detector", "haar", "--device", "cpu")
    status, (first, second), errors = run(capsys, face_clip, face_clip, *options)
    assert status == 1
    expected = "cv2.error" if failure == "cv2" else failure.__name__
    assert first["error"]["type"] == expected
    assert "input" in first["error"]["message"]
    assert "\n" not in first["error"]["message"]
    assert second["label"]
    assert "Traceback" not in errors


def test_broken_weights_are_an_error_and_no_happiness(
    capsys, tiny_checkpoint, face_clip, monkeypatch
):
    from core.recognizer import Recognizer

    def broken(self, crops, mirrored):
        return np.full((len(crops), 16), np.nan, np.float32)

    monkeypatch.setattr(Recognizer, "encode", broken)
    status, (record,), _ = run(capsys, face_clip, "--checkpoint", tiny_checkpoint)
    assert status == 1
    assert record["error"]["type"] == "CheckpointError"
    assert "not finite" in record["error"]["message"]


def test_an_error_says_its_type_and_one_sentence():
    assert describe(ValueError("two\n  lines"))["message"] == (
        "this input could not be analysed (ValueError: two lines); try another format"
    )
    assert describe(OSError(28, "No space left on device"))["type"] == "OSError"


def test_the_command_needs_no_utf8_locale(tiny_checkpoint, portrait, tmp_path):
    import cv2

    path = tmp_path / "caf\u00e9.png"
    path.write_bytes(cv2.imencode(".png", portrait[..., ::-1])[1].tobytes())
    (tiny_checkpoint / "README.md").write_text("# Na\u00efve", encoding="utf-8")
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [
        *(sys.executable, "-m", "core.predict", str(path), str(tmp_path / "g\u00f6ne.png")),
        *("--checkpoint", str(tiny_checkpoint), "--csv-dir", str(tmp_path / "curves")),
        *("--device", "cpu", "--detector", "haar"),
    ]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | plain, capture_output=True)
    assert (done.returncode, done.stderr) == (1, b"")
    good, bad = [json.loads(line) for line in done.stdout.decode("ascii").splitlines()]
    assert good["video"] == str(path)
    assert "g\u00f6ne.png" in bad["error"]["message"]
    assert (tmp_path / "curves" / "caf\u00e9.png.csv").exists()
