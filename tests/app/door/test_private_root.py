import itertools
import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.door.private_root import PREFIX, delete_leftovers, private_root

ROOT = Path(__file__).resolve().parents[3]
HOLD = """
import sys, time
from app.door.private_root import private_root
with private_root({"GRADIO_TEMP_DIR": sys.argv[1]}) as root:
    (root / "visitors" / "patient.mp4").write_bytes(b"face")
    print(root, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def place(tmp_path):
    return tmp_path / "place"


@pytest.fixture
def environment(place):
    return {"GRADIO_TEMP_DIR": str(place)}


@pytest.fixture
def running(place):
    """Another program that keeps visitors' files there, and its folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(place)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    yield process, Path(process.stdout.readline().strip())
    process.kill()
    process.wait()
    process.stdout.close()


def test_everything_temporary_lies_in_one_folder_of_its_own(environment, place):
    before = tempfile.gettempdir()
    with private_root(environment) as root:
        assert root.parent == place
        assert stat.S_IMODE(root.stat().st_mode) == 0o700
        assert Path(environment["GRADIO_TEMP_DIR"]).parent == root
        assert Path(environment["TMPDIR"]).parent == root
        (root / "visitors" / "clip.mp4").write_bytes(b"x")
    assert list(place.iterdir()) == []
    assert environment == {"GRADIO_TEMP_DIR": str(place)}
    assert tempfile.gettempdir() == before


def test_python_itself_uses_it(monkeypatch, place):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(place))
    with private_root() as root, tempfile.NamedTemporaryFile() as file:
        assert root in Path(file.name).parents


def test_what_a_killed_program_left_is_deleted_whatever_its_age(running, environment):
    process, folder = running
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert (folder / "visitors" / "patient.mp4").exists()
    with private_root(environment):
        assert not folder.exists()


@pytest.mark.parametrize("age_s", [0, 10**9, -(10**6)])
def test_what_a_running_program_holds_stays_whatever_clocks_say(running, environment, age_s):
    _, folder = running
    when = folder.stat().st_mtime - age_s
    os.utime(folder, (when, when))
    with private_root(environment):
        assert (folder / "visitors" / "patient.mp4").exists()


def test_links_and_other_peoples_files_are_left_alone(place):
    place.mkdir()
    precious = place / "precious"
    precious.mkdir()
    (precious / "kept").touch()
    (place / f"{PREFIX}dangling").symlink_to(place / "nowhere")
    (place / f"{PREFIX}link").symlink_to(precious)
    (place / f"{PREFIX}file").touch()
    leftover = place / f"{PREFIX}old"
    leftover.mkdir()
    (leftover / "dangling").symlink_to(place / "nowhere")
    (leftover / "link").symlink_to(precious)
    assert delete_leftovers(place) == 1
    assert not leftover.exists()
    assert (precious / "kept").exists()


def test_a_lock_that_is_a_link_opens_nothing(place):
    folder = place / f"{PREFIX}sly"
    folder.mkdir(parents=True)
    (folder / "lock").symlink_to(place / "made")
    assert delete_leftovers(place) == 0
    assert not (place / "made").exists()


def test_programs_that_start_together_do_not_delete_each_other(place):
    def start(_):
        held = private_root({"GRADIO_TEMP_DIR": str(place)})
        return held, held.__enter__()

    with ThreadPoolExecutor(8) as pool:
        started = list(pool.map(start, range(24)))
    assert len({root for _, root in started}) == 24
    assert all((root / "visitors").is_dir() for _, root in started)
    for held, _ in started:
        held.__exit__(None, None, None)
    assert list(place.iterdir()) == []


def test_work_that_still_writes_leaves_nothing_behind(place, environment):
    gone, writing = threading.Event(), threading.Event()

    def write(folder):
        for number in itertools.count():
            try:
                (folder / f"{number}").write_bytes(b"face")
            except FileNotFoundError:
                gone.set()
                return
            writing.set()

    with private_root(environment) as root:
        writer = threading.Thread(target=write, args=(root / "visitors",))
        writer.start()
        assert writing.wait(60)
    assert gone.wait(60)
    writer.join()
    assert list(place.iterdir()) == []
