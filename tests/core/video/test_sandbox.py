"""What another process decodes is the same, and whatever happens to that process is told."""

import mmap
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from core.errors import DamagedFrameError, DecoderError, VideoError
from core.video import VideoLimits, open_video, sandbox
from core.video.sandbox import conversation, process
from core.video.sandbox.bounds import Bounds
from core.video.sandbox.channel import Channel
from core.video.sandbox.pool import Pool
from core.video.sandbox.video import SandboxedVideo
from tests.core.films import scenes, shades, write_film

ROOT = Path(__file__).parents[3]
LIMITS = VideoLimits()
NUMBERS = ("frames_read", "duration_s", "damaged_frames", "missing_s", "breaks_off_at_s")


@pytest.fixture(scope="module")
def pool():
    pool = Pool(most=2)
    yield pool
    pool.close()


@pytest.fixture
def film(tmp_path):
    return write_film(tmp_path / "film.mp4", scenes(12), "libx264", fps=25, sound_s=(0.0, 0.5))


def alive(pid):
    """Whether a process goes on; one that has ended and waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def pid_of(video):
    return video._talk._process.pid


def cut(path):
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    return path


def films(folder):
    images = [Image.fromarray(image) for image in shades(4)]
    images[0].save(folder / "a.gif", save_all=True, append_images=images[1:], duration=80)
    (folder / "images").mkdir()
    for number, image in enumerate(images):
        image.save(folder / "images" / f"{number}.png")
    yield write_film(folder / "a.webm", scenes(8), "libvpx", fps=25)
    yield cut(write_film(folder / "b.avi", scenes(40), "mpeg4", fps=25))
    yield folder / "a.gif"
    yield folder / "images"


def test_frames_times_and_damage_are_those_of_decoding_here(pool, tmp_path):
    for path in films(tmp_path):
        with open_video(path) as here, pool.open(path, LIMITS, None) as there:
            for name in ("frame_size", "scale", "stated_frames", "stated_s"):
                assert getattr(here, name) == getattr(there, name), (path, name)
            for one, other in zip(here, there, strict=True):
                assert (one.index, one.time_s) == (other.index, other.time_s)
                assert np.array_equal(one.image, other.image)
            assert [getattr(here, n) for n in NUMBERS] == [getattr(there, n) for n in NUMBERS]


def test_frames_that_are_not_wanted_are_not_handed_out(pool, film):
    with open_video(film) as here, pool.open(film, LIMITS, None) as there:
        expected = [frame.index for frame in here.pick(lambda time_s: time_s > 0.2)]
        assert [frame.index for frame in there.pick(lambda time_s: time_s > 0.2)] == expected
        with pytest.raises(ValueError, match="one pass"):
            next(iter(there))


def test_sound_comes_beside_the_frames(pool, film):
    with open_video(film) as here, pool.open(film, LIMITS, None) as there:
        sound, frames = there.sound(), iter(there)
        pieces = []
        for _ in range(3):  # in turns, as an encoder asks
            next(frames)
            pieces += [next(sound), next(sound)]
        pieces += list(sound)
        assert len(list(frames)) == 9
        expected = list(here.sound())
    assert [piece.pts for piece in pieces] == [piece.pts for piece in expected]
    for piece, other in zip(pieces, expected, strict=True):
        assert np.array_equal(piece.to_ndarray(), other.to_ndarray())


def test_a_refused_file_gets_the_same_sentence_and_the_process_goes_on(pool, tmp_path):
    (tmp_path / "list.mp4").write_text("#EXTM3U\n")
    still = tmp_path / "still.png"
    Image.new("RGB", (64, 48)).save(still)
    still.write_bytes(still.read_bytes()[:60])
    places = []
    for path, kind in ((tmp_path / "list.mp4", VideoError), (still, DamagedFrameError)):
        told = []
        for opener in (open_video, lambda path: pool.open(path, LIMITS, None)):
            with pytest.raises(VideoError) as caught:
                list(opener(path))
            told.append((type(caught.value), str(caught.value)))
        assert told[0] == told[1]
        assert told[0][0] in (VideoError, kind)
        places.append(pool._idle[-1].pid)
    assert places[0] == places[1]


@pytest.mark.parametrize(
    ("number", "told"), [(signal.SIGSEGV, "break down"), (signal.SIGPROF, "far too long")]
)
def test_a_decoder_that_breaks_down_is_one_sentence_and_the_next_file_has_another(
    pool, film, number, told
):
    with pool.open(film, LIMITS, None) as video:
        broken = pid_of(video)
        frames = iter(video)
        next(frames)
        os.kill(broken, number)
        with pytest.raises(DecoderError, match=rf"film\.mp4 .*{told}"):
            list(frames)
    with pool.open(film, LIMITS, None) as video:
        assert pid_of(video) != broken
        assert len(list(video)) == 12


def test_one_that_ended_while_it_was_idle_is_replaced(pool, film):
    pool.warm_up()
    idle = pool._idle[-1]
    os.kill(idle.pid, signal.SIGKILL)
    # Not only its first thread: the whole process.
    idle._process.wait()
    with pool.open(film, LIMITS, None) as video:
        assert len(list(video)) == 12


def test_too_much_memory_is_a_sentence(tmp_path):
    path = tmp_path / "large.png"
    Image.new("RGB", (6000, 6000)).save(path, compress_level=1)
    pool = Pool(Bounds(memory_bytes=100_000_000))
    with pytest.raises(DecoderError, match=r"large\.png needs more than the limit of 100 MB"):
        pool.open(path, LIMITS, None)
    pool.close()


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded there")
def test_frames_that_are_missing_for_want_of_memory_are_not_called_damaged(tmp_path):
    """H.264's decoder calls a frame that it was refused memory for damaged."""
    images = [np.zeros((1440, 2560, 3), np.uint8)] * 18
    options = {"preset": "ultrafast", "x264-params": "ref=16:bframes=0:keyint=99"}
    path = write_film(tmp_path / "refs.mp4", images, "libx264", fps=25, options=options)
    pool = Pool(Bounds(memory_bytes=110_000_000))
    with (
        pool.open(path, LIMITS, None) as video,
        pytest.raises(DecoderError, match=r"refs\.mp4 needs more than the limit of 110 MB"),
    ):
        list(video)
    pool.close()


@pytest.mark.skipif(sys.platform != "linux", reason="memory is known there")
def test_a_process_that_has_grown_is_not_kept(film, monkeypatch):
    pool = Pool()
    for most, is_kept in ((1 << 40, True), (1, False)):
        monkeypatch.setattr(process, "SMALL_BYTES", most)
        with pool.open(film, LIMITS, None) as video:
            pid = pid_of(video)
            list(video)
        assert alive(pid) == is_kept
    pool.close()


def test_a_step_that_takes_too_long_is_ended(tmp_path):
    path = write_film(
        tmp_path / "large.mkv", [np.zeros((4000, 6000, 3), np.uint8)], "mjpeg", pixels="yuvj420p"
    )
    pool = Pool(Bounds(step_ms=20))
    with pytest.raises(DecoderError, match=r"large\.mkv keeps a decoder busy"):
        list(pool.open(path, LIMITS, None))
    pool.close()


def test_who_cancels_does_not_wait_for_a_decoder_that_hangs(pool, film):
    class CancelledError(Exception):
        pass

    asked = []

    def watch(*_):
        asked.append(time.monotonic())
        if hung and asked[-1] - hung[0] > 0.2:
            raise CancelledError

    hung = []
    with pool.open(film, LIMITS, watch) as video:
        pid = pid_of(video)
        frames = iter(video)
        next(frames)
        os.kill(pid, signal.SIGSTOP)
        hung.append(time.monotonic())
        with pytest.raises(CancelledError):
            list(frames)
    assert not alive(pid)


def test_the_watch_is_told_of_frames_that_nobody_looks_at(pool, film):
    times = []
    with pool.open(film, LIMITS, lambda reached_s, _: times.append(reached_s)) as video:
        assert list(video.pick(lambda _: False)) == []
    assert times == sorted(times)
    assert len(set(times)) == 12


def test_silence_is_what_is_waited_for_and_not_what_the_watch_takes(pool, film, monkeypatch):
    monkeypatch.setattr(conversation, "SILENCE_S", 0.2)
    monkeypatch.setattr(process, "GONE_S", 0.1)
    waits = iter([0.5])
    with pool.open(film, LIMITS, lambda *_: time.sleep(next(waits, 0.0))) as video:
        pid = pid_of(video)
        frames = iter(video)
        next(frames)
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(DecoderError, match="break down"):
            list(frames)


def test_more_files_than_processes_wait(film):
    pool = Pool(most=1)
    first = pool.open(film, LIMITS, None)
    turns = []

    def watch(*_):
        turns.append(len(pool._at_work))
        if len(turns) == 3:
            first.close()

    with pool.open(film, LIMITS, watch) as second:
        assert len(list(second)) == 12
    assert turns[:3] == [1, 1, 1]
    pool.close()


def test_where_no_process_can_be_made_files_are_decoded_here(film, monkeypatch, caplog):
    def refuse(_):
        raise OSError("no more processes")

    monkeypatch.setattr(sandbox.pool, "DecodingProcess", refuse)
    monkeypatch.setattr(sandbox.pool, "POOL", Pool())
    for _ in range(2):
        with sandbox.open_sandboxed(film) as video:
            assert len(list(video)) == 12
    assert caplog.text.count("decoded without one") == 1


def test_a_split_off_program_leaves_the_processes_of_the_other_alone(pool, film, monkeypatch):
    pool.warm_up()
    monkeypatch.setattr(pool, "_owner", os.getpid() + 1)
    assert pool.open(film, LIMITS, None) is None


def test_warnings_about_a_file_stand_in_the_programs_log(pool, tmp_path, caplog):
    path = cut(write_film(tmp_path / "cut.avi", scenes(40), "mpeg4", fps=25))
    with pool.open(path, LIMITS, None) as video:
        list(video)
    assert "breaks off" in caplog.text


def test_a_decoder_ends_with_its_program_even_in_the_middle_of_a_file(film):
    program = (
        "import os, sys\nfrom pathlib import Path\n"
        "from core.video import sandbox\n"
        f"video = sandbox.open_sandboxed({str(film)!r})\n"
        "next(iter(video))\n"
        "print(video._talk._process.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    pid = int(running.stdout.readline())
    assert alive(pid)
    running.kill()
    running.communicate()
    for _ in range(100):
        if not alive(pid):
            return
        time.sleep(0.05)
    pytest.fail("the decoder goes on")


CONFINED = """
import os, socket, subprocess, sys, tempfile
from core.video.sandbox.confine import confine
confine(100_000_000)
def answer(act):
    try:
        act()
    except (PermissionError, MemoryError, OSError) as error:
        return type(error).__name__
    return "done"
print(answer(lambda: bytearray(200_000_000)))
print(answer(lambda: open(sys.argv[1], "w", buffering=1).write("kept\\n")))
print(answer(socket.socket))
print(answer(lambda: os.execv("/bin/true", ["true"])))
print(answer(lambda: os.kill(os.getppid(), 0)))
"""


@pytest.mark.skipif(
    sys.platform != "linux" or os.uname().machine not in ("x86_64", "aarch64"),
    reason="calls can be forbidden there alone",
)
def test_a_confined_process_has_no_network_writes_nothing_and_starts_nothing(tmp_path):
    answer = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", CONFINED, str(tmp_path / "file")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.split() == [
        "MemoryError",
        "OSError",
        "PermissionError",
        "PermissionError",
        "PermissionError",
    ]
    assert (tmp_path / "file").read_bytes() == b""


def test_the_process_is_small():
    program = "import core.video.sandbox.child, sys; print('torch' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "False"


def test_files_are_read_at_the_same_time(pool, film):
    """Two at once, so that a slow file does not hold up another."""
    counts = []

    def read():
        with pool.open(film, LIMITS, None) as video:
            counts.append(len(list(video)))

    with pool.open(film, LIMITS, None) as slow:
        frames = iter(slow)
        next(frames)
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
        assert counts == [12]
        assert len(list(frames)) == 11


OPENED = (
    '{"say": "opened", "size": [96, 64], "scale": 1.0, "stated_frames": null, "stated_s": null, '
    '"state": {"frames_read": 0, "duration_s": 0.0, "damaged_frames": 0, "missing_s": 0.0, '
    '"breaks_off_at_s": null}}\n'
)
ASK = '{"say": "ask", "time_s": 0.0}\n'
STATE = OPENED[OPENED.index('"state"') : -2]


@pytest.mark.parametrize(
    "answers",
    [
        "no json\n",
        "[]\n",
        '{"say": 3}\n',
        "[" * 100_000,
        '{"say": "opened"}\n',
        OPENED.replace("[96, 64]", "[0, 64]"),
        OPENED.replace("[96, 64]", "[9000000, 9000000]"),
        OPENED.replace('"scale": 1.0', '"scale": NaN'),
        OPENED.replace('"frames_read": 0', '"frames_read": -1'),
        '{"say": "refused", "kind": "SystemExit", "text": "bye"}\n',
        '{"say": "reached", "time_s": "x", "stated_s": null}\n',
        OPENED + '{"say": "ask", "time_s": Infinity}\n',
        OPENED + ASK + ASK.replace("ask", "piece"),
        OPENED
        + ASK
        + f'{{"say": "frame", "index": 0, "time_s": 0.0, "width": 99999, "height": 99, {STATE}}}\n',
        OPENED + ASK + '{"say": "frame", "index": 0, "time_s": 0.0, "width": 4, "height": 4}\n',
    ],
)
def test_lies_of_the_other_process_are_one_sentence(answers):
    ours, theirs = socket.socketpair()
    theirs.sendall(answers.encode())
    theirs.shutdown(socket.SHUT_WR)
    liar = SimpleNamespace(
        channel=Channel(ours), share=lambda _: mmap.mmap(-1, 1 << 20), ended_by=lambda: 0
    )
    given_back = []
    with pytest.raises(DecoderError, match=r"a\.mp4 makes a decoder break down"):
        list(SandboxedVideo(liar, given_back.append, Path("a.mp4"), LIMITS, None))
    assert given_back in ([], [False])
    theirs.close()
    ours.close()
