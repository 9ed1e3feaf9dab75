"""``python -m tests.browser.live.speed VIDEO --before FOLDER``: how often the mirror is answered.

The Live page of this tree and that of another one, taking turns in one run on one machine: the same
Chromium, the same video as camera, the same added round trip. Their ratio holds where the machine
has other work, too; the figures themselves do not.
"""

import argparse
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import cv2
from playwright.sync_api import Browser, Response, sync_playwright

from core.video import open_video
from tests.browser.conftest import CHROMIUM, QUIET, ROOT, wait_until_up
from tests.browser.live.processor import processor_seconds
from tests.browser.live.slow_line import slow_line

CAMERA = (640, 480)
CAMERA_S = 10.0
SETTLE_S = 3.0
# A server that has begun prepares its examples; it is measured when it rests.
RESTING, REST_WITHIN_S = 0.1, 240.0


def main() -> None:
    """Run the command; prints one JSON line per measured window, and then a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", type=Path, help="what the camera shows: a face in view")
    parser.add_argument("--before", type=Path, help="another tree of this repository")
    parser.add_argument("--added", type=float, nargs="+", default=[0, 80, 200], help="ms")
    parser.add_argument("--seconds", type=float, default=8.0, help="length of a window")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    trees = {"now": ROOT} | ({"before": options.before.resolve()} if options.before else {})
    rates: dict[tuple[str, float], list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        camera = write_camera(options.video, Path(folder) / "camera.mjpeg")
        servers = {name: stack.enter_context(serve(tree, folder)) for name, tree in trees.items()}
        for _, number in servers.values():
            wait_for_rest(number)
        browser = stack.enter_context(open_chromium(camera))
        for added_ms in options.added * options.rounds:
            for name, (port, number) in servers.items():
                with slow_line(port, added_ms / 1e3) as far:
                    address = f"http://127.0.0.1:{far}"
                    found = watch(browser, address, options.seconds, number)
                rates.setdefault((name, added_ms), []).append(found["answers_per_s"])
                print(json.dumps({"page": name, "added_ms": added_ms} | found), flush=True)
    for added_ms in options.added:
        row = {name: statistics.median(rates[name, added_ms]) for name in trees}
        ratio = f", {row['now'] / row['before']:.2f} times" if "before" in row else ""
        told = ", ".join(f"{name} {rate:.1f}" for name, rate in row.items())
        print(f"{added_ms:g} ms added: {told} answers a second (medians){ratio}")


def watch(browser: Browser, url: str, seconds: float, server: int) -> dict[str, Any]:
    """Run the camera for a while and count the answers that are newer than all before.

    Args:
        browser: What shows the page.
        url: The page.
        seconds: How long is counted [s].
        server: Number of the server's process.
    """
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    times_s: list[float] = []
    trips_ms: list[float] = []

    def count(response: Response) -> None:
        if "/live/frame" in response.url and response.status == 200:
            time_s = float(parse_qs(urlparse(response.url).query)["time_s"][0])
            if not times_s or time_s > times_s[-1]:
                times_s.append(time_s)
                trips_ms.append(response.request.timing["responseStart"])

    page.on("response", count)
    page.goto(url)
    page.get_by_role("tab", name="Live").click()
    page.locator("#live [data-part=agree]").check()
    page.locator("#live [data-part=start]").click()
    page.wait_for_function(
        "/\\d/.test(document.querySelector('#live [data-part=rate]')?.textContent)", timeout=90_000
    )
    page.wait_for_timeout(1000 * SETTLE_S)
    begun, before = time.perf_counter(), len(times_s)
    spent = processor_seconds({server: "server"})
    page.wait_for_timeout(1000 * seconds)
    spent = processor_seconds({server: "server"}) - spent
    count, passed_s = len(times_s) - before, time.perf_counter() - begun
    shown = page.locator("#live .a3-live-readout dd").all_inner_texts()
    page.close()
    return {
        "answers_per_s": round(count / passed_s, 2),
        "processor_ms": {name: round(s / max(count, 1) * 1e3, 1) for name, s in spent.items()},
        "processors": round(sum(spent.values()) / passed_s, 2),
        "trip_ms": round(statistics.median(trips_ms[before:] or [float("nan")]), 1),
        "shown": shown,
    }


def wait_for_rest(server: int) -> None:
    """Wait until a server took next to no processor time for three seconds."""
    end_s, resting_s = time.monotonic() + REST_WITHIN_S, 0
    while resting_s < 3 and time.monotonic() < end_s:
        spent = processor_seconds({server: "server"})["server"]
        time.sleep(1)
        spent = processor_seconds({server: "server"})["server"] - spent
        resting_s = resting_s + 1 if spent < RESTING else 0


def write_camera(video: Path, path: Path) -> Path:
    """Write a video as what Chromium's false camera shows."""
    with open_video(video) as source, path.open("wb") as file:
        for frame in source:
            if frame.time_s > CAMERA_S:
                break
            picture = cv2.resize(frame.image[..., ::-1], CAMERA, interpolation=cv2.INTER_AREA)
            file.write(cv2.imencode(".jpg", picture)[1].tobytes())
    return path


@contextlib.contextmanager
def serve(tree: Path, folder: str) -> Iterator[tuple[int, int]]:
    """Run the app of a tree; gives its port and the number of its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = Path(folder) / f"{port}.log"
    command = [sys.executable, "app/main.py", "--device", "cpu", "--port", str(port)]
    uploads = {"GRADIO_TEMP_DIR": str(Path(folder) / str(port)), "PYTHONPATH": str(tree)}
    with log.open("w") as file:
        process = subprocess.Popen(
            command, cwd=tree, stdout=file, stderr=subprocess.STDOUT, env=os.environ | uploads
        )
        try:
            wait_until_up(f"http://127.0.0.1:{port}", process, log)
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(60)


@contextlib.contextmanager
def open_chromium(camera: Path) -> Iterator[Browser]:
    """Run a Chromium whose camera shows a file."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                *("--no-sandbox", "--disable-gpu", *QUIET),
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={camera}",
            ],
        )
        yield browser
        browser.close()


if __name__ == "__main__":
    main()
