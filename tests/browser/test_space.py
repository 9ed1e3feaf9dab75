"""The app as a Hugging Face Space starts it, and what a page does when the server restarts."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import gradio_client
import pytest
from gradio_client.utils import Status

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
START_WITHIN_S = 600
# Long enough for any machine: what is waited for comes, or never does.
SLOW_MS = 120_000


class Space:
    """Runs ``app/main.py`` without arguments, from a foreign folder, as a Space would."""

    def __init__(self, folder):
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        environment = {
            "SYSTEM": "spaces",
            "SPACE_ID": "someone/a3lign",
            "SPACE_HOST": "someone-a3lign.hf.space",
            "GRADIO_SERVER_PORT": str(self.port),
            "GRADIO_SSR_MODE": "True",
            "GRADIO_ANALYTICS_ENABLED": "False",
            "GRADIO_TEMP_DIR": str(self.folder / "uploads"),
            "HF_HUB_OFFLINE": "1",
            "HOME": str(self.folder),
        }
        log_path = self.folder / "space.log"
        with log_path.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "app" / "main.py")],
                cwd=self.folder,
                env=os.environ | environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_WITHIN_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                fetch_config(self.url)
            except OSError:
                time.sleep(0.3)
            else:
                return
        pytest.fail(f"the app did not start:\n{log_path.read_text()[-3000:]}")

    def stop(self):
        """Ask it to end, as a Space does; returns the exit status."""
        self.process.terminate()
        try:
            return self.process.wait(SLOW_MS / 1000)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


@pytest.fixture
def space(tmp_path):
    space = Space(tmp_path)
    try:
        space.start()
        yield space
    finally:
        space.stop()


def outside_address():
    """An address of this machine that is not the loopback one, None without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # reserved for documentation; nothing is sent
        except OSError:
            return None
        return probe.getsockname()[0]


def fetch_config(url, **headers):
    request = urllib.request.Request(f"{url}/config", headers=headers)
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def test_a_space_starts_and_its_page_survives_a_restart(space, chromium):
    assert fetch_config(space.url)["space_id"] == "someone/a3lign"
    if address := outside_address():
        assert fetch_config(f"http://{address}:{space.port}")["version"]
    # The proxy of a Space speaks https outside; addresses in the page must follow.
    proxied = fetch_config(
        space.url,
        **{"x-forwarded-host": "someone-a3lign.hf.space", "x-forwarded-proto": "https"},
    )
    assert proxied["root"] == "https://someone-a3lign.hf.space"

    context = chromium.new_context()
    try:
        page = context.new_page()
        page.goto(space.url)
        page.get_by_role("tab", name="Live").click()
        page.locator("#live [data-part=agree]").check()
        page.locator("#live [data-part=start]").click()
        label = "document.querySelector('#live [data-part=label]').textContent.trim()"
        page.wait_for_function(f"{label}.length > 2", timeout=30_000)
        message = "document.querySelector('#live [data-part=message]').textContent"
        looking = context.new_page()
        looking.goto(space.url)
        looking.click("#clip [data-example=present]")
        looking.wait_for_selector("#clip [data-phase=studio]:not([hidden])", timeout=60_000)
        assert space.stop() == 0
        page.wait_for_function(f"{message}.includes('does not answer')", timeout=30_000)
        space.start()
        page.wait_for_function(f"{message} === ''", timeout=60_000)
        state = page.locator("#live [data-part=root]").get_attribute("data-state")
        assert state == "running"
        problem = looking.locator("#clip [data-part=problem-text]")
        # Gradio loads the page anew if it was cut off in its work; the sentence is there anyway.
        problem.wait_for(timeout=60_000)
        assert "ended this visit" in problem.inner_text()
    finally:
        context.close()


def test_asked_to_end_in_the_midst_of_work_it_leaves_at_once_and_leaves_nothing(
    space, chromium, clips
):
    """An analysis in a page, another through the API, and a camera: none comes to its end."""
    context = chromium.new_context()
    api = gradio_client.Client(space.url, verbose=False)
    try:
        live, looking = context.new_page(), context.new_page()
        live.goto(space.url)
        live.get_by_role("tab", name="Live").click()
        live.locator("#live [data-part=agree]").check()
        live.locator("#live [data-part=start]").click()
        label = "document.querySelector('#live [data-part=label]').textContent.trim()"
        live.wait_for_function(f"{label}.length > 2", timeout=SLOW_MS)
        looking.goto(space.url)
        looking.wait_for_selector("#clip [data-part=root][data-ready]", timeout=SLOW_MS)
        asked = gradio_client.handle_file(clips / "long.avi")
        job = api.submit(video=asked, api_name="/predict_clip")
        while job.status().code not in {Status.PROCESSING, Status.FINISHED}:
            looking.wait_for_timeout(100)
        looking.set_input_files("#clip [data-part=file]", clips / "long.avi")
        share = "document.querySelector('#clip [data-part=working-left]').textContent"
        looking.wait_for_function(f"/%/.test({share})", timeout=SLOW_MS)
        assert space.stop() == 0
        assert looking.locator("#clip [data-phase=studio]").is_hidden()
        assert list((space.folder / "uploads").iterdir()) == []
    finally:
        context.close()
