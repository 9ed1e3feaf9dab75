import errno
import importlib
import subprocess
import sys

import pytest

from train.__main__ import COMMANDS, main


@pytest.mark.parametrize("words", [["--help"], ["fit", "--help"], ["extract", "--help"]])
def test_help_does_not_import_torch(words):
    code = (
        "import sys; from train.__main__ import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit as end: assert end.code == 0\n"
        "assert 'torch' not in sys.modules\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert "usage: python -m train" in result.stdout


def test_overview_names_every_command(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    printed = capsys.readouterr().out
    assert all(name in printed for name in COMMANDS)


def test_unknown_command_is_a_usage_error(capsys):
    with pytest.raises(SystemExit) as end:
        main(["fly"])
    assert end.value.code == 2
    assert "fly" in capsys.readouterr().err


def test_a_mistake_is_one_sentence_and_status_2(capsys, tmp_path):
    words = ["extract", "--data", str(tmp_path / "no.npz"), "--layout", "canvas"]
    words += ["--backbone", str(tmp_path), "--cache", str(tmp_path)]
    assert main(words) == 2
    error = capsys.readouterr().err
    assert "no such file" in error
    assert "Traceback" not in error


def test_only_our_own_progress_and_everybodys_warnings_are_shown():
    code = (
        "import logging; from train.runtime.log import configure_logging; configure_logging()\n"
        "logging.info('noise'); logging.warning('trouble')\n"
        "logging.getLogger('train.commands.fit').info('progress')\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stderr.splitlines() == ["trouble", "progress"]


@pytest.mark.parametrize("command", ["extract", "evaluate", "ablate", "animate", "bench", "cues"])
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (OSError(errno.EROFS, "Read-only file system", "/out"), "/out cannot be written"),
    ],
)
def test_what_the_disk_refuses_is_one_sentence_in_every_command(
    command, error, words, capsys, monkeypatch
):
    def refused(arguments):
        raise error

    module = importlib.import_module(f"train.commands.{command}")
    monkeypatch.setattr(module, "add_arguments", lambda _: None)
    monkeypatch.setattr(module, "run", refused)
    assert main([command]) == 2
    assert words in capsys.readouterr().err


def test_a_mistake_of_ours_keeps_its_traceback(monkeypatch):
    def broken(arguments):
        raise ValueError("a bug")

    module = importlib.import_module("train.commands.bench")
    monkeypatch.setattr(module, "run", broken)
    with pytest.raises(ValueError, match="a bug"):
        main(["bench"])
