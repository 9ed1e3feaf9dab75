"""The app as a program of its own, and its visitors, for ``tests.soak``."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[1]
START_S, ANSWER_S, END_S = 300.0, 900.0, 20.0
SAMPLE_EVERY_S = 0.05
UPLOAD, CALL = "/gradio_api/upload", "/gradio_api/call/predict_clip"
# What is said of a fault of the program; see ``app.visit.boundary``.
FAULT = "Something went wrong"


@dataclass(frozen=True)
class Answer:
    """What came of a clip: ``result``, ``sentence`` (refused), ``full`` or ``fault``."""

    outcome: str
    seconds: float
    text: str = ""


class Server:
    """``app/main.py`` on a free port; its temporary files lie below ``place``."""

    def __init__(self, place: Path, options: list[str]) -> None:
        with socket.socket() as trial:
            trial.bind(("127.0.0.1", 0))
            self.port = trial.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = place.with_suffix(".log").open("a")
        self._process = subprocess.Popen(
            [sys.executable, "app/main.py", "--port", str(self.port), *options],
            cwd=ROOT,
            env=os.environ | {"GRADIO_TEMP_DIR": str(place)},
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        self.peak_mb = 0.0
        self._wait_for_start()
        threading.Thread(target=self._sample, daemon=True).start()

    def _wait_for_start(self) -> None:
        begun_s = time.monotonic()
        for line in self._process.stdout:
            if line.startswith("Open "):
                return
            if time.monotonic() - begun_s > START_S:
                break
        raise RuntimeError(f"the app does not start; see {self.log.name}")

    def _sample(self) -> None:
        while self.runs:
            self.peak_mb = max(self.peak_mb, self.memory_mb())
            time.sleep(SAMPLE_EVERY_S)

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def memory_mb(self) -> float:
        """What the program and its decoders hold now [MB]; libraries that they share count once."""
        pid = self._process.pid
        own = ("RssAnon", "RssShmem")
        others = sum(_held_mb(each, own) for each in children_of(pid))
        return _held_mb(pid, (*own, "RssFile")) + others

    def decoders(self) -> list[int]:
        return children_of(self._process.pid)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> float:
        """Ask it to end as containers do; returns how long that took [s]."""
        begun_s = time.monotonic()
        self._end(signal.SIGTERM)
        return time.monotonic() - begun_s

    def _end(self, number: int) -> None:
        self._process.send_signal(number)
        self._process.wait(END_S)
        self._process.stdout.close()
        self.log.close()


class Visitor:
    """Sends clips as a program does."""

    def __init__(self, server: Server) -> None:
        self._client = httpx.Client(base_url=server.url, timeout=ANSWER_S, trust_env=False)

    def send(self, data: bytes, name: str = "clip.mp4") -> str:
        """Upload; returns the path under which the clip waits."""
        answer = self._client.post(UPLOAD, files={"files": (name, data)})
        answer.raise_for_status()
        return answer.json()[0]

    def ask(self, path: str) -> str:
        """Ask for the analysis; returns the address of its answer."""
        clip = {"path": path, "orig_name": "clip.mp4", "meta": {"_type": "gradio.FileData"}}
        # Model, detector, all faces, from and to: as usual.
        given = [clip, None, None, False, 0.0, None]
        answer = self._client.post(CALL, json={"data": given})
        answer.raise_for_status()
        return f"{CALL}/{answer.json()['event_id']}"

    def analyse(self, data: bytes) -> Answer:
        """Upload and wait for the result."""
        begun_s = time.monotonic()
        try:
            outcome, text = self._outcome(data)
        except httpx.HTTPStatusError as error:
            outcome = "full" if error.response.status_code == 503 else "sentence"
            if error.response.status_code == 500:
                outcome = "fault"
            text = error.response.text
        except httpx.HTTPError as error:
            outcome, text = "fault", repr(error)
        return Answer(outcome, time.monotonic() - begun_s, text[:300])

    def _outcome(self, data: bytes) -> tuple[str, str]:
        event = ""
        with self._client.stream("GET", self.ask(self.send(data))) as lines:
            for line in lines.iter_lines():
                if line.startswith("event:"):
                    event = line.partition(":")[2].strip()
                elif line.startswith("data:") and event in {"complete", "error"}:
                    text = line.partition(":")[2].strip()
                    if event == "complete":
                        return ("result" if json.loads(text) else "fault"), ""
                    said = json.dumps(json.loads(text), ensure_ascii=False)
                    is_fault = said == "null" or FAULT in said
                    is_full = "Too many" in said
                    return ("fault" if is_fault else "full" if is_full else "sentence"), said
        return "fault", "the answer broke off"

    def status_of(self, path: str) -> int:
        """Whether a file is served to whoever knows its path."""
        return self._client.get(f"/gradio_api/file={path}").status_code

    def close(self) -> None:
        self._client.close()


def children_of(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rsplit(")", 1)[1].split()[:2]
        except OSError:
            continue
        if int(parent) == pid and state != "Z":
            found.append(int(path.parent.name))
    return found


def _held_mb(pid: int, kinds: tuple[str, ...]) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    held = dict(line.split(":", 1) for line in lines)
    return sum(int(held[kind].split()[0]) for kind in kinds if kind in held) * 1024 / 1e6
