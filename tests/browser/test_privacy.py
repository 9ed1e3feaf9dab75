"""What stays behind of a visit: nothing."""

import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from app.visit.sessions import VISIBLE_SILENCE_S
from tests.browser.conftest import CHROMIUM, QUIET

pytestmark = pytest.mark.browser

PROMISE_S = 30
FRAMES = 5


def save_clip(page):
    """Run the camera, save a clip, and return where the server keeps it."""
    page.get_by_role("tab", name="Live").click()
    page.locator("#live [data-part=agree]").check()
    page.locator("#live [data-part=start]").click()
    page.wait_for_selector("#live [data-part=root][data-state=running]")
    for _ in range(FRAMES):
        with page.expect_response(lambda response: "/live/frame" in response.url):
            pass
    page.locator("#live [data-part=save]").click()
    page.wait_for_selector("#clip [data-phase=studio]:not([hidden])", timeout=90_000)
    address = page.evaluate("document.querySelector('#clip [data-part=video]').currentSrc")
    path = Path(urllib.parse.unquote(address.split("/file=")[1]))
    assert path.is_file()
    visitor = next(parent for parent in path.parents if parent.name.startswith("visitor-"))
    return visitor, address


def wait_until_gone(folder, within_s=PROMISE_S):
    started = time.monotonic()
    while folder.exists():
        assert time.monotonic() - started < within_s, f"{folder} is still there"
        time.sleep(0.2)


def status(address):
    try:
        with urllib.request.urlopen(address, timeout=5) as response:
            return response.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_closing_the_page_deletes_the_visitors_files(new_page):
    page = new_page()
    folder, address = save_clip(page)
    assert status(address) == 200
    page.close(run_before_unload=True)
    wait_until_gone(folder)
    assert status(address) in {403, 404}


def test_a_page_that_vanishes_is_noticed_and_one_that_stays_is_not(new_page):
    """A browser that crashes or is killed sends no farewell."""
    staying, vanishing = new_page(), new_page()
    kept, _ = save_clip(staying)
    folder, _ = save_clip(vanishing)
    vanishing.evaluate("() => { window.fetch = () => new Promise(() => {}) }")
    vanishing.context.close()
    # It says "I am here" well before a silent page is given up.
    for _ in range(2):
        with staying.expect_response(
            lambda response: "/visitor/ping" in response.url, timeout=VISIBLE_SILENCE_S / 2 * 1e3
        ) as ping:
            pass
        assert ping.value.ok
    wait_until_gone(folder)
    assert kept.exists()


def test_leaving_for_another_page_deletes_the_visitors_files(new_page):
    page = new_page()
    folder, _ = save_clip(page)
    page.goto("about:blank")
    wait_until_gone(folder)


def test_delete_my_data_deletes_now_and_starts_over(page):
    folder, _ = save_clip(page)
    page.get_by_role("tab", name="About").click()
    page.locator("#about [data-part=erase]").click()
    page.wait_for_selector(".a3-notice:not([hidden])")
    assert "deleted" in page.locator(".a3-notice").inner_text()
    assert not folder.exists()
    page.wait_for_selector("#clip [data-part=root][data-ready]")
    assert page.locator("#clip [data-phase=studio]").is_hidden()
    assert page.locator("#clip [data-part=problem]").is_hidden()


def test_two_visitors_files_lie_apart_and_end_apart(new_page):
    first, second = new_page(), new_page()
    first_folder, _ = save_clip(first)
    second_folder, _ = save_clip(second)
    assert first_folder != second_folder
    first.goto("about:blank")
    wait_until_gone(first_folder)
    assert second_folder.exists()


def test_the_browser_keeps_nothing(page):
    save_clip(page)
    stored = page.evaluate(
        """async () => ({
        local: Object.entries(localStorage).filter(([, value]) => value.length > 200),
        session: Object.keys(sessionStorage),
        databases: (await indexedDB.databases()).map((each) => each.name),
        caches: await caches.keys() })"""
    )
    assert stored == {"local": [], "session": [], "databases": [], "caches": []}
    assert page.context.cookies() == []


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=app/main.py",
        "/gradio_api/file=core/predictor.py",
        "/monitoring",
        "/monitoring/summary",
    ],
)
def test_the_server_shows_nothing_else(app_url, path):
    assert status(app_url + path) in {401, 403, 404}


def test_camera_routes_refuse_strangers(app_url):
    for path in ("frame", "save", "start", "stop", "calibrate", "forget"):
        request = urllib.request.Request(f"{app_url}/live/{path}", data=b"x", method="POST")
        assert status(request) == 410


def test_the_browsers_disk_cache_holds_no_clip(chromium, app_url, clips, tmp_path):
    """A context that forgets everything would hide it: this is a profile as visitors have it."""
    profile = tmp_path / "profile"
    context = chromium.browser_type.launch_persistent_context(
        profile, executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", *QUIET]
    )
    try:
        page = context.pages[0]
        page.goto(app_url)
        page.wait_for_selector("#clip [data-part=root][data-ready]")
        page.set_input_files("#clip [data-part=file]", clips / "portrait.webm")
        page.wait_for_selector("#clip [data-phase=studio]:not([hidden])", timeout=90_000)
        page.wait_for_function("document.querySelector('#clip [data-part=video]').readyState > 1")
    finally:
        context.close()
    piece = (clips / "portrait.webm").read_bytes()[1000:1200]
    files = [path for path in profile.rglob("*") if path.is_file() and not path.is_symlink()]
    assert any("Cache_Data" in str(path) for path in files)
    for path in files:
        content = path.read_bytes()
        assert piece not in content, path
        assert b"portrait.webm" not in content, path
