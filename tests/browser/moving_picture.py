"""Film the page for the README: ``python -m tests.browser.moving_picture``.

A real Chromium opens an example in the real app and walks through it; the pictures become an
animated webp. It is run again whenever the weights, the example or the page change.
"""

import argparse
import io
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import ASK_THE_PAGE, CHROMIUM, ROOT

START_WITHIN_S, RESULT_WITHIN_MS = 300, 120_000


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.browser.moving_picture")
    parser.add_argument("--example", default="present")
    parser.add_argument("--out", type=Path, default=ROOT / "assets" / "docs" / "clip.webp")
    parser.add_argument("--fps", type=int, default=8, help="pictures per second")
    parser.add_argument("--width", type=int, default=960, help="of the webp [px]")
    parser.add_argument("--height", type=int, default=1160, help="of the page's window [px]")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        command = [sys.executable, "app/main.py", "--device", "cpu", "--port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"GRADIO_TEMP_DIR": folder})
        try:
            pictures = film(wait_for(f"http://127.0.0.1:{port}"), arguments)
        finally:
            process.terminate()
            process.wait(60)
    first, *others = pictures
    first.save(
        arguments.out, save_all=True, append_images=others, duration=round(1000 / arguments.fps),
        loop=0, quality=72, method=4, minimize_size=True,
    )  # fmt: skip
    size_mb = arguments.out.stat().st_size / 1e6
    sys.stdout.write(f"wrote {arguments.out}, {size_mb:.2f} MB\n")


def wait_for(url):
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/config", timeout=2):
                return url
        except OSError:
            time.sleep(0.3)
    raise SystemExit("the app did not start")


def film(url, arguments):
    """Walk through an example; one picture per step."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        # An example plays by itself, except where people want no motion: here every step is ours.
        context = browser.new_context(
            viewport={"width": 1280, "height": arguments.height},
            color_scheme="light",
            reduced_motion="reduce",
        )
        context.add_init_script(ASK_THE_PAGE)
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("#clip [data-part=root][data-ready]", timeout=RESULT_WITHIN_MS)
        page.click(f"#clip [data-example={arguments.example}]")
        page.wait_for_selector("[data-phase=studio]:not([hidden])", timeout=RESULT_WITHIN_MS)
        page.wait_for_timeout(2500)
        page.evaluate("document.querySelector('#clip [data-part=studio]').scrollIntoView()")
        page.wait_for_timeout(300)
        duration_s = page.evaluate("window.a3lign.clip.value.duration_s")
        steps = range(round(duration_s * arguments.fps))
        pictures = [picture(page, step / arguments.fps, arguments.width) for step in steps]
        browser.close()
    return pictures


def picture(page: Page, time_s: float, width: int):
    page.evaluate(
        """time_s => { window.a3lign.cursor.set(time_s, 'film');
        const video = document.querySelector('#clip [data-part=video]');
        return new Promise(done => {
            const wait = () => video.seeking ? setTimeout(wait, 20) : requestAnimationFrame(done);
            setTimeout(wait, 60) }) }""",
        time_s,
    )
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    return image.resize((width, round(image.height * width / image.width)), Image.LANCZOS)


if __name__ == "__main__":
    main()
