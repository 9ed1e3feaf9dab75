import os
import signal
import sys
from pathlib import Path

import pytest

from core.delivery import Delivery
from core.errors import OutputError
from core.result_lines import LineFile, finish_first, portable_name, portable_text, to_line

FULL = Path("/dev/full")  # Linux: every write finds the disk full
needs_full = pytest.mark.skipif(not FULL.exists(), reason="no /dev/full on this system")


def deliver(videos, out=None, csv_dir=None):
    return Delivery(videos, out, csv_dir, with_face_id=False)


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"film")
    return path


def test_an_input_is_never_written_over(clip, tmp_path):
    frames = tmp_path / "frames"
    frames.mkdir()
    (frames / "1.png").write_bytes(b"picture")
    (tmp_path / "soft").symlink_to(clip)
    (tmp_path / "hard").hardlink_to(clip)
    for out in (clip, tmp_path / "soft", tmp_path / "hard", tmp_path / "frames" / "1.png"):
        with pytest.raises(OutputError, match="would overwrite"):
            deliver([str(clip), str(frames)], out)
    assert clip.read_bytes() == b"film"
    assert deliver([str(clip)], tmp_path / "new.jsonl").complete


def test_lines_and_tables_keep_apart(clip, tmp_path):
    with pytest.raises(OutputError, match="name another file"):
        deliver([str(clip)], tmp_path / "clip.mp4.csv", tmp_path)


@needs_full
def test_a_full_disk_is_said_once_and_lines_go_on(clip, capsys):
    with deliver([str(clip)], FULL) as delivery:
        delivery.send("one\n")
        delivery.send("two\n")
    captured = capsys.readouterr()
    assert captured.out == "one\ntwo\n"
    assert captured.err.count("\n") == 1
    assert "takes no more (No space left on device)" in captured.err
    assert not delivery.complete


def test_a_line_that_does_not_fit_is_not_begun(tmp_path, monkeypatch):
    file = LineFile(tmp_path / "lines")
    file.write("first\n")
    raw = file._file

    class Disk:
        room = 10

        def __getattr__(self, name):
            return getattr(raw, name)

        def write(self, data):
            if not self.room:
                raise OSError(28, "No space left on device")
            fits, self.room = data[: self.room], self.room - len(data[: self.room])
            return raw.write(fits)

    file._file = Disk()
    with pytest.raises(OSError, match="No space"):
        file.write("a line of more than ten bytes\n")
    file.close()
    assert (tmp_path / "lines").read_bytes() == b"first\n"


@pytest.fixture
def unread():
    """A stream into a pipe that nobody reads any more."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="ascii") as stream:
        yield stream


def test_a_reader_that_left_ends_the_work_quietly(clip, unread, monkeypatch, capfd):
    monkeypatch.setattr(sys, "stdout", unread)
    with deliver([str(clip)]) as delivery:
        delivery.send("one\n")
    assert not delivery.is_wanted
    assert capfd.readouterr().err == ""


def test_a_file_goes_on_without_a_reader(clip, unread, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "stdout", unread)
    with deliver([str(clip)], tmp_path / "lines") as delivery:
        delivery.send("one\n")
        assert not delivery.complete
        assert delivery.is_wanted
        delivery.send("two\n")
    assert (tmp_path / "lines").read_text(encoding="ascii") == "one\ntwo\n"


def test_closed_streams_are_no_traceback(clip, monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    with deliver([str(clip)]) as delivery:
        delivery.send("one\n")
    assert not delivery.complete


def test_ctrl_c_waits_for_the_end_of_a_line():
    steps = []

    def interrupted_line():
        with finish_first():
            signal.raise_signal(signal.SIGINT)
            steps.append("line")

    with pytest.raises(KeyboardInterrupt):
        interrupted_line()
    assert steps == ["line"]


def test_a_second_ctrl_c_does_not_wait():
    steps = []

    def interrupted_twice():
        with finish_first():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            steps.append("line")

    with pytest.raises(KeyboardInterrupt):
        interrupted_twice()
    assert steps == []


def test_lines_are_ascii_and_never_nan():
    assert to_line({"video": "café \udce9"}) == '{"video": "caf\\u00e9 \\udce9"}\n'
    with pytest.raises(ValueError, match="JSON"):
        to_line({"margin": float("nan")})


def test_names_read_alike_in_every_locale():
    assert portable_name(os.fsdecode("café".encode())) == "café"
    assert os.fsencode(portable_name(os.fsdecode(b"caf\xe9"))) == b"caf\xe9"
    in_the_c_locale = "café.mp4 is empty".encode().decode("ascii", "surrogateescape")
    assert portable_text(in_the_c_locale) == "café.mp4 is empty"
