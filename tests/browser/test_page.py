"""The page as a whole: ready when it looks ready, and its address leads back to what was seen."""

import csv
import io
import json
import re

import cv2
import pytest

from app.examples.shelf import EXAMPLES, portrait_frame
from tests.browser.clip.steps import analyse, cursor, part, wait_for_result
from tests.browser.conftest import ASK_THE_PAGE

pytestmark = pytest.mark.browser

TAB = "document.querySelector('#tabs [aria-selected=true]').textContent.trim()"
READY = "#clip [data-part=root][data-ready]"
# Megabits per second and milliseconds, as a slow mobile network.
SLOW = {"downloadThroughput": 4e6 / 8, "uploadThroughput": 1e6 / 8, "latency": 100}


@pytest.fixture
def slow(chromium, app_url):
    """A page that is not opened yet, on a slow line, with what it fetched."""
    context = chromium.new_context()
    context.add_init_script(ASK_THE_PAGE)
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", {"offline": False, **SLOW})
    fetched = []
    page.on("request", lambda request: fetched.append(request.url))
    yield page, fetched
    context.close()


def hold_back(page, pattern):
    """Keep answers waiting until the returned function is called."""
    held, free = [], []
    page.route(pattern, lambda route: route.continue_() if free else held.append(route))

    def release():
        free.append(True)
        for route in held:
            route.continue_()

    return release


def wait_for_tab(page, name):
    page.wait_for_function(f"(name) => {TAB} === name", arg=name)


def test_a_click_before_the_page_is_ready_is_kept_and_carried_out(slow, app_url, clips):
    page, fetched = slow
    release = hold_back(page, "**/first.js")
    page.goto(app_url)
    camera = page.locator("#clip [data-part=open-camera]")
    camera.wait_for()
    assert camera.get_attribute("aria-disabled") == "true"
    # A file can be chosen at once: the browser's own dialog needs no script of ours.
    with page.expect_file_chooser() as chooser:
        page.locator("#clip [data-part=pick]").click()
    chooser.value.set_files(clips / "portrait.webm")
    release()
    page.wait_for_selector(READY)
    assert camera.get_attribute("aria-disabled") is None
    page.wait_for_selector("#clip [data-phase=working]:not([hidden])")
    wait_for_result(page)
    assert part(page, "title").inner_text() == "portrait.webm"
    # The library of the figures came when there was something to draw.
    names = [url.rsplit("/", 1)[-1] for url in fetched]
    assert names.count("plotly.min.js") == 1
    assert names.index("plotly.min.js") > names.index("upload") - 12
    assert names.index("plotly.min.js") > names.index("first.js")


def test_an_early_click_on_a_waiting_button_is_carried_out_later(slow, app_url):
    page, fetched = slow
    release = hold_back(page, "**/first.js")
    page.goto(app_url)
    # People click on what looks disabled; Playwright would wait.
    page.locator("#clip [data-part=open-camera]").click(force=True)
    assert page.locator("#clip [data-phase=camera]").is_hidden()
    release()
    page.wait_for_selector("#clip [data-phase=camera]:not([hidden])")
    assert not any("plotly.min.js" in url for url in fetched)


def test_back_and_forward_move_between_tabs_and_keep_the_clip(page, clips):
    analyse(page, clips / "two.webm")
    page.locator("#clip .a3-face").nth(1).click()
    page.evaluate("window.a3lign.cursor.set(1.25, 'test')")
    page.wait_for_function("location.hash.includes('t=1.25')")
    assert "face=2" in page.evaluate("location.hash")
    assert "two" not in page.evaluate("location.hash")  # names of files are the visitor's own
    for name in ("Alignment", "About"):
        page.get_by_role("tab", name=name).click()
        wait_for_tab(page, name)
        assert page.evaluate("location.hash").startswith(f"#{name.lower()}")
    page.go_back()
    wait_for_tab(page, "Alignment")
    page.go_back()
    wait_for_tab(page, "Clip")
    assert part(page, "studio").is_visible()
    assert cursor(page) == pytest.approx(1.25)
    # Before the result there was the choice: the clip waits behind it.
    page.go_back()
    part(page, "pick").wait_for()
    page.go_forward()
    part(page, "studio").wait_for()
    page.go_back()
    part(page, "resume").click()
    assert part(page, "studio").is_visible()
    assert page.request.get(part(page, "video").evaluate("(video) => video.src")).ok


def test_the_tab_of_an_address_opens_though_its_first_click_is_lost(chromium, app_url):
    context = chromium.new_context()
    context.add_init_script(
        """let lost = 0;
        window.addEventListener('click', (click) => {
            const isOurs = !click.isTrusted && click.target.closest('[role=tab]');
            if (isOurs && !lost++) click.stopImmediatePropagation();
        }, { capture: true });"""
    )
    page = context.new_page()
    page.goto(f"{app_url}#alignment")
    page.wait_for_selector(READY, state="attached")
    wait_for_tab(page, "Alignment")
    assert page.url.endswith("#alignment")
    page.get_by_role("tab", name="About").click()
    wait_for_tab(page, "About")
    page.wait_for_url("**#about")
    page.go_back()
    wait_for_tab(page, "Alignment")
    context.close()


def test_an_address_opens_tab_example_and_moment(new_page, app_url):
    page = new_page()
    page.goto("about:blank")
    page.goto(f"{app_url}#about")
    page.wait_for_selector(READY, state="attached")
    wait_for_tab(page, "About")
    page.goto("about:blank")
    page.goto(f"{app_url}#clip&example={EXAMPLES[0].name}&t=1.50")
    wait_for_result(page)
    assert cursor(page) == pytest.approx(1.5)
    assert re.search(r"example=\w+.*t=1\.50", page.evaluate("location.hash"))
    part(page, "another").click()
    assert page.evaluate("location.hash") in {"", "#clip"}


def test_arrow_keys_move_through_the_tabs(page):
    page.get_by_role("tab", name="Clip").focus()
    for key, name in (("ArrowRight", "Live"), ("End", "About"), ("ArrowRight", "Clip")):
        page.keyboard.press(key)
        wait_for_tab(page, name)
        assert page.evaluate("document.activeElement.textContent.trim()") == name
    assert page.locator("#tabs [role=tab][tabindex='0']").count() == 1


def test_without_the_server_the_page_says_so_and_makes_the_tables_itself(chromium, app_url, clips):
    """Not with the usual page: a browser reports every lost request on the console."""
    context = chromium.new_context(accept_downloads=True)
    context.add_init_script(ASK_THE_PAGE)
    try:
        page = context.new_page()
        page.goto(app_url)
        page.wait_for_selector(READY)
        analyse(page, clips / "gap.webm")

        def save(kind):
            with page.expect_download() as download:
                page.click(f"#clip [data-save={kind}]")
            assert download.value.suggested_filename == f"gap.{kind}"
            return download.value.path().read_text()

        kinds = ("csv", "json")
        whole = [save(kind) for kind in kinds]
        assert part(page, "alone").is_hidden()
        context.set_offline(True)
        part(page, "alone").wait_for()
        assert page.locator("#clip [data-save=report]").is_disabled()
        alone = [save(kind) for kind in kinds]
        context.set_offline(False)
        part(page, "alone").wait_for(state="hidden")
        assert page.locator("#clip [data-save=report]").is_enabled()
    finally:
        context.close()
    tables = [list(csv.DictReader(io.StringIO(text))) for text in (whole[0], alone[0])]
    assert same(*tables)
    assert same(json.loads(whole[1]), json.loads(alone[1]))


def same(one, other):
    """Whether two results agree to the digits that the page holds, names and order included."""
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    try:
        return float(one) == pytest.approx(float(other), abs=0.06)
    except (TypeError, ValueError):
        return one == other


def test_a_still_is_taken_and_called_so(page, tmp_path):
    path = tmp_path / "photo.png"
    cv2.imwrite(str(path), cv2.cvtColor(portrait_frame(0.0), cv2.COLOR_RGB2BGR))
    analyse(page, path)
    assert "a still" in part(page, "facts").inner_text()
