"""The real app in a real Chromium, with a fake camera that shows the public-domain portrait."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import cv2
import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from app.examples.shelf import drawn_frame, portrait_frame
from app.export.webm import write_webm
from app.page.files import module
from core.checkpoint import SHIPPED

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
START_WITHIN_S = 600
QUIET = ("--disable-background-networking", "--disable-component-update", "--no-first-run")
# Gradio's own: the page asks for a manifest that exists only for installable apps.
NOT_OURS = ("manifest.json",)
# The page publishes nothing; here the module that all scripts share is put where tests can ask it.
ASK_THE_PAGE = f"""addEventListener("DOMContentLoaded", () => {{
  if (!location.protocol.startsWith("http")) return;
  {module("shared/shared.js")}.then((shared) => {{ window.a3lign = shared; }});
}});"""


def pytest_collection_modifyitems(items):
    if CHROMIUM is None:
        missing = pytest.mark.skip(reason="no Chromium found; install one or name it in CHROMIUM")
        for item in items:
            if "browser" in item.keywords:
                item.add_marker(missing)


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """A folder of further checkpoints: demonstration weights, three classes, and a damaged one."""
    folder = tmp_path_factory.mktemp("models")
    shutil.copytree(SHIPPED, folder / "second")
    (folder / "second" / "metrics.json").write_text(json.dumps({"demo": True}))
    (folder / "second" / "README.md").write_text("# The second card\n")
    keep_classes(folder / "three", 3)
    (folder / "damaged").mkdir()
    shutil.copy(SHIPPED / "config.json", folder / "damaged")
    return folder


def keep_classes(folder, count):
    """Write the shipped checkpoint with its first classes alone."""
    folder.mkdir()
    state = load_file(SHIPPED / "model.safetensors")
    classes = {name for name in state if name.split(".")[0] in {"tokens", "derived"}}
    state |= {name: state[name][:count].contiguous() for name in classes}
    save_file(state, folder / "model.safetensors")
    config = json.loads((SHIPPED / "config.json").read_text())
    config["model"]["labels"] = config["model"]["labels"][:count]
    weights = (folder / "model.safetensors").read_bytes()
    config["weights_sha256"] = hashlib.sha256(weights).hexdigest()
    (folder / "config.json").write_text(json.dumps(config))


@pytest.fixture(scope="session")
def uploads(tmp_path_factory):
    """Where the app keeps what visitors send."""
    return tmp_path_factory.mktemp("uploads")


@pytest.fixture(scope="session")
def app_url(tmp_path_factory, models, uploads):
    """Address of the running app; ``APP_URL`` names one that runs already."""
    if given := os.environ.get("APP_URL"):
        yield given
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log_path = tmp_path_factory.mktemp("app") / "app.log"
    with log_path.open("w") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "app/main.py", "--device", "cpu", "--port", str(port)),
                *("--checkpoints", str(models)),
            ],
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=os.environ | {"GRADIO_TEMP_DIR": str(uploads)},
        )
        try:
            yield wait_until_up(f"http://127.0.0.1:{port}", process, log_path)
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until_up(url, process, log_path):
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/config", timeout=2):
                return url
        except OSError:
            time.sleep(0.3)
    pytest.fail(f"the app did not start:\n{log_path.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def camera_file(tmp_path_factory):
    """What the fake camera shows: the portrait, as motion JPEG."""
    path = tmp_path_factory.mktemp("camera") / "camera.mjpeg"
    with path.open("wb") as file:
        for index in range(50):
            frame = cv2.resize(portrait_frame(index / 25), (480, 480))
            wide = cv2.copyMakeBorder(frame, 0, 0, 80, 80, cv2.BORDER_REPLICATE)
            _, encoded = cv2.imencode(".jpg", cv2.cvtColor(wide, cv2.COLOR_RGB2BGR))
            file.write(encoded.tobytes())
    return path


@pytest.fixture(scope="session")
def chromium(camera_file):
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                *QUIET,
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={camera_file}",
            ],
        )
        yield browser
        browser.close()


class Pages:
    """Opens the app in pages that may neither complain nor speak to another host."""

    def __init__(self, browser, url):
        self._browser, self._url = browser, url
        self._contexts, self._complaints = [], []

    def open(self, **options):
        context = self._browser.new_context(
            **{"viewport": {"width": 1280, "height": 900}, "accept_downloads": True} | options
        )
        self._contexts.append(context)
        context.add_init_script(ASK_THE_PAGE)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self._complaints.append(f"page error: {error}"))
        page.on("request", self._on_request)
        page.goto(self._url)
        page.wait_for_selector("#clip [data-part=root][data-ready]")
        return page

    def close(self):
        for context in self._contexts:
            context.close()
        assert not self._complaints

    def _on_console(self, message):
        text = f"{message.text} {message.location.get('url', '')}"
        if message.type == "error" and not any(part in text for part in NOT_OURS):
            self._complaints.append(text)

    def _on_request(self, request):
        if not request.url.startswith((self._url, "data:", "blob:")):
            self._complaints.append(f"request to {request.url}")


@pytest.fixture
def new_page(chromium, app_url):
    """Opens the app as often as a test wants."""
    pages = Pages(chromium, app_url)
    yield pages.open
    pages.close()


@pytest.fixture(scope="module")
def shared_page(chromium, app_url):
    """One page for all tests of a file that leave it as it was."""
    pages = Pages(chromium, app_url)
    yield pages.open()
    pages.close()


@pytest.fixture
def page(new_page):
    return new_page()


@pytest.fixture(scope="session")
def clips(tmp_path_factory):
    """Files to upload, by name."""
    folder = tmp_path_factory.mktemp("clips")
    frames = [portrait_frame(index / 25) for index in range(75)]
    write_webm(folder / "portrait.webm", frames, 25)
    write_webm(folder / "two.webm", [np.hstack([f, f[:, ::-1]]) for f in frames[:50]], 25)
    empty = np.full_like(frames[0], 128)
    write_webm(folder / "gap.webm", [*frames[:25], *[empty] * 40, *frames[25:50]], 25)
    write_webm(folder / "no-face.webm", [empty] * 20, 25)
    write_motion_jpeg(folder / "old.avi", [drawn_frame(index / 10) for index in range(30)], 10)
    # Large enough to be stopped in the middle.
    large = [cv2.resize(frame, (640, 640)) for frame in frames[:50]]
    write_motion_jpeg(folder / "long.avi", large * 16, 25)
    write_webm(folder / "hours.webm", [empty[:64, :64]] * 620, 1)
    (folder / "notes.txt").write_text("not a video")
    (folder / "notes.mp4").write_text("not a video either, whatever it is called")
    (folder / "empty.mp4").touch()
    return folder


def write_motion_jpeg(path, frames, fps):
    height, width = frames[0].shape[:2]
    code = cv2.VideoWriter.fourcc(*"MJPG")
    writer = cv2.VideoWriter(str(path), code, fps, (width, height))
    for frame in frames:
        writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
    writer.release()
