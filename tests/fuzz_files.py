"""``python -m tests.fuzz_files``: damaged and hostile files, none of which may do harm.

Each is read in a process that is watched from outside: it must answer with frames or with one
sentence, in bounded time and memory. Takes minutes of CPU time; not part of the tests.
"""

import argparse
import json
import logging
import resource
import select
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import VideoError
from core.pacing import pace
from core.video import open_video
from tests.fuzz_seeds import crafted, seeds, spoil

ROOT = Path(__file__).parents[1]
HANG_S = 120.0
MEMORY_BYTES = 6 << 30
# How many of the slowest and the largest are named.
NAMED = 5

Answer = dict[str, Any]


def main() -> int:
    """Run the command; 0 if no file did harm."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000, help="mutated files")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        return work()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        report = Report()
        worker = Worker(folder / "noise")
        for number, (title, data) in enumerate(_files(folder, options.files, options.seed), 1):
            (folder / "under-test").write_bytes(data)
            report.add(title, worker.read(folder / "under-test"))
            if number % 100 == 0:
                print(f"{number} files, {report.line()}", flush=True)
        worker.stop()
        report.noise = (folder / "noise").read_text(errors="replace").strip()
    report.print()
    return int(report.is_harmed)


def _files(folder: Path, count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    yield from crafted(folder)
    whole = list(seeds(folder))
    yield from whole
    draw = np.random.default_rng(seed)
    for number in range(count):
        name, data = whole[number % len(whole)]
        other = whole[int(draw.integers(len(whole)))][1]
        yield f"{name} #{number}", spoil(data, other, draw)


@dataclass
class Report:
    """What came of the files."""

    outcomes: Counter[str] = field(default_factory=Counter)
    harms: list[tuple[str, Answer]] = field(default_factory=list)
    times: list[tuple[float, str]] = field(default_factory=list)
    peaks: list[tuple[float, str]] = field(default_factory=list)
    noise: str = ""

    @property
    def is_harmed(self) -> bool:
        return bool(self.harms or self.noise)

    def add(self, name: str, answer: Answer) -> None:
        self.outcomes[answer["outcome"]] += 1
        self.times.append((answer.get("cpu_s", HANG_S), name))
        self.peaks.append((answer.get("peak_mb", 0.0), name))
        if answer["outcome"] not in ("read", "read with damage", "refused"):
            self.harms.append((name, answer))

    def line(self) -> str:
        return ", ".join(f"{count} {outcome}" for outcome, count in sorted(self.outcomes.items()))

    def print(self) -> None:
        print(f"\n{self.outcomes.total()} files: {self.line()}")
        print(f"CPU time of reading: {sum(value for value, _ in self.times):.0f} s")
        for title, values in (("CPU s", self.times), ("peak MB", self.peaks)):
            print(f"most {title}:")
            for value, name in sorted(values, reverse=True)[:NAMED]:
                print(f"  {value:8.1f}  {name}")
        for name, answer in self.harms:
            print(f"HARM by {name}: {json.dumps(answer, indent=1)}")
        print(f"written to standard error: {self.noise[:2000] or 'nothing'}")


class Worker:
    """A process that reads files, begun anew when one has ended it."""

    def __init__(self, noise: Path) -> None:
        self._noise = noise.open("a")
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.fuzz_files", "--worker"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._noise,
            text=True,
            bufsize=1,
        )

    def read(self, path: Path) -> Answer:
        """Return the worker's answer, or how it ended."""
        self._process.stdin.write(f"{path}\n")
        begun = time.monotonic()
        ready = select.select([self._process.stdout], [], [], HANG_S)[0]
        line = self._process.stdout.readline() if ready else ""
        if line:
            return json.loads(line)
        seconds = time.monotonic() - begun
        self._process.kill()
        status = self._process.wait()
        self._process = self._start()
        return {"outcome": "crash" if ready else "hang", "status": status, "seconds": seconds}

    def stop(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.wait()
        self._noise.close()


def work() -> int:
    """Read the files named on standard input, one answer each on standard output."""
    logging.disable()  # what is logged about a damaged file is no harm
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    for line in sys.stdin:
        # Writing 5 there sets the peak back to what is held now.
        Path("/proc/self/clear_refs").write_text("5")
        begun = time.process_time()
        answer = _look_at(Path(line.strip()))
        answer["cpu_s"] = time.process_time() - begun
        status = Path("/proc/self/status").read_text()
        answer["peak_mb"] = int(status.split("VmHWM:")[1].split()[0]) / 1024
        print(json.dumps(answer), flush=True)
    return 0


def _look_at(path: Path) -> Answer:
    try:
        with open_video(path) as video:
            count = sum(1 for _ in pace(video))
            is_damaged = bool(video.damaged_frames or video.missing_s)
    except VideoError as error:
        return {"outcome": "refused", "message": str(error)}
    except BaseException:  # noqa: BLE001  # that there is none is what this is about
        return {"outcome": "traceback", "text": traceback.format_exc()[-1500:]}
    return {"outcome": "read with damage" if is_damaged else "read", "frames": count}


if __name__ == "__main__":
    sys.exit(main())
