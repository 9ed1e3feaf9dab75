"""``python -m tests.soak``: the whole app under strangers, neighbours and power cuts.

Takes minutes to hours, by its options; Linux only; not part of the tests. It prints what happened,
and ends with 1 where something did harm.
"""

import argparse
import re
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import numpy as np

from app.examples.shelf import ExampleShelf
from tests.fuzz_seeds import crafted, seeds, spoil
from tests.soak_server import Answer, Server, Visitor

MOST_MB = 2000.0
MOST_RATIO = 3.0
GONE_S = 5.0
CUT_WITHIN_S = 6.0
SEED = 0
MOST_SENTENCES = 12


class Harms:
    """What should not have happened."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def check(self, is_well: bool, text: str) -> None:
        if not is_well:
            self.told.append(text)
            print(f"HARM: {text}", flush=True)


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutated", type=int, default=1000, help="spoiled files to analyse")
    parser.add_argument("--crafted", type=int, default=100, help="most files made to do harm")
    parser.add_argument("--kills", type=int, default=100, help="how often the power is cut")
    parser.add_argument("--visitors", type=int, default=8)
    parser.add_argument("--minutes", type=float, default=5.0, help="how long they come")
    parser.add_argument("--app", nargs=argparse.REMAINDER, default=[], help="options of the app")
    options = parser.parse_args()
    harms = Harms()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = ExampleShelf().place("drawing", folder).read_bytes()
        place = folder / "place"
        server = Server(place, options.app)
        alone_s = _alone(server, clip, harms)
        _mutated(server, options.mutated, folder, harms)
        _crafted(server, options.crafted, folder, clip, alone_s, harms)
        _crowd(server, options.visitors, options.minutes, clip, harms)
        took_s = server.stop()
        print(f"ended {took_s:.1f} s after SIGTERM")
        harms.check(took_s < GONE_S, f"it took {took_s:.1f} s to end")
        harms.check(not list(place.glob("a3lign-*")), "files are left after SIGTERM")
        _kills(place, options, clip, harms)
        log = place.with_suffix(".log").read_text()
        harms.check("Traceback" not in log, f"a traceback in the log: {log[-3000:]}")
    print(f"\n{len(harms.told)} harms")
    return int(bool(harms.told))


def _alone(server: Server, clip: bytes, harms: Harms) -> float:
    visitor = Visitor(server)
    answers = [visitor.analyse(clip) for _ in range(4)]
    harms.check(all(each.outcome == "result" for each in answers), f"{answers}")
    alone_s = statistics.median(each.seconds for each in answers[1:])
    print(f"an innocent clip alone: {alone_s:.2f} s; {server.memory_mb():.0f} MB", flush=True)
    return alone_s


def _mutated(server: Server, count: int, folder: Path, harms: Harms) -> None:
    outcomes: Counter[str] = Counter()
    sentences: Counter[str] = Counter()
    whole = list(seeds(folder))
    draw = np.random.default_rng(SEED)
    visitor = Visitor(server)
    for number in range(count):
        name, data = whole[number % len(whole)]
        other = whole[int(draw.integers(len(whole)))][1]
        answer = visitor.analyse(spoil(data, other, draw))
        outcomes[answer.outcome] += 1
        if answer.outcome == "sentence":
            sentences[re.sub(r"\d+", "0", answer.text)] += 1
        harms.check(answer.outcome in ("result", "sentence"), f"{name} #{number}: {answer}")
    print(f"mutated files: {dict(outcomes)}; peak {server.peak_mb:.0f} MB", flush=True)
    for text, times in sentences.most_common(MOST_SENTENCES):
        print(f"  {times} times: {text}")


def _crafted(
    server: Server, most: int, folder: Path, clip: bytes, alone_s: float, harms: Harms
) -> None:
    """Analyse each file while an innocent visitor sends a clip."""
    ratios: list[tuple[float, str]] = []
    peaks: list[tuple[float, str]] = []
    outcomes: Counter[str] = Counter()
    for number, (name, data) in enumerate(crafted(folder)):
        if number >= most:
            break
        server.peak_mb = 0.0
        answers: list[Answer] = []
        attack = threading.Thread(
            target=lambda data=data, into=answers: into.append(Visitor(server).analyse(data))
        )
        attack.start()
        time.sleep(0.3)
        innocent = Visitor(server).analyse(clip)
        attack.join()
        outcomes[answers[0].outcome] += 1
        ratios.append((innocent.seconds / alone_s, name))
        peaks.append((server.peak_mb, name))
        harms.check(innocent.outcome == "result", f"beside {name}: {innocent}")
        harms.check(answers[0].outcome in ("result", "sentence"), f"{name}: {answers[0]}")
        harms.check(ratios[-1][0] <= MOST_RATIO, f"beside {name}: {ratios[-1][0]:.1f} times")
        harms.check(peaks[-1][0] < MOST_MB, f"{name}: {peaks[-1][0]:.0f} MB")
    print(f"crafted files: {dict(outcomes)}")
    for title, values in (("an innocent clip took, as a multiple", ratios), ("peak MB", peaks)):
        for value, name in sorted(values, reverse=True)[:5]:
            print(f"  {title}: {value:.1f} beside {name}", flush=True)


def _crowd(server: Server, count: int, minutes: float, clip: bytes, harms: Harms) -> None:
    end_s = time.monotonic() + 60 * minutes
    answers: list[Answer] = []

    def come() -> None:
        visitor = Visitor(server)
        while time.monotonic() < end_s:
            answers.append(visitor.analyse(clip))

    threads = [threading.Thread(target=come) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcomes = Counter(each.outcome for each in answers)
    seconds = sorted(each.seconds for each in answers) or [0.0]
    middle, late = seconds[len(seconds) // 2], seconds[len(seconds) * 19 // 20]
    print(
        f"{count} visitors for {minutes:g} minutes: {dict(outcomes)}, p50 {middle:.1f} s, "
        f"p95 {late:.1f} s, {server.memory_mb():.0f} MB",
        flush=True,
    )
    harms.check(set(outcomes) <= {"result"}, f"crowd: {dict(outcomes)}")


def _kills(place: Path, options: argparse.Namespace, clip: bytes, harms: Harms) -> None:
    draw = np.random.default_rng(SEED)
    left: list[str] = []
    for number in range(options.kills):
        server = Server(place, options.app)
        visitor = Visitor(server)
        for path in left:
            harms.check(not Path(path).exists(), f"kill {number}: {path} is still there")
            harms.check(visitor.status_of(path) >= 400, f"kill {number}: {path} is served")
        left = [visitor.send(clip) for _ in range(2)]
        visitor.ask(left[0])
        decoders = server.decoders()
        time.sleep(float(draw.uniform(0, CUT_WITHIN_S)))
        server.kill()
        visitor.close()
        harms.check(_gone(decoders), f"kill {number}: a decoder goes on")
    if options.kills:
        server = Server(place, options.app)
        harms.check(not any(Path(path).exists() for path in left), "clips outlive the last kill")
        server.stop()
    harms.check(not list(place.glob("a3lign-*")), "folders are left at the end")
    print(f"{options.kills} kills", flush=True)


def _gone(pids: list[int]) -> bool:
    end_s = time.monotonic() + GONE_S
    while time.monotonic() < end_s:
        if not any(_runs(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def _runs(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


if __name__ == "__main__":
    sys.exit(main())
