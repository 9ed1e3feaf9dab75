"""Choosing a model on the page: every tab follows, other visitors do not."""

import pytest

from core.checkpoint.load import SHIPPED_NAME
from tests.browser.clip.steps import analyse, part, wait_for_result
from tests.browser.conftest import ASK_THE_PAGE
from tests.browser.live.steps import WATCH_CAMERA, open_live, start, tracks, wait_for_state
from tests.browser.live.steps import part as live_part

pytestmark = pytest.mark.browser


def header(page, name):
    return page.locator(f"#header [data-part={name}]")


def choose(page, name):
    header(page, "model").click()
    page.get_by_role("button", name=name).click()


def wait_for_model(page, name):
    page.wait_for_function("(name) => window.a3lign?.model?.value?.name === name", arg=name)
    header(page, "models").wait_for(state="hidden")


def wait_for_note(page, words):
    page.wait_for_function(
        "(words) => document.querySelector('#header [data-part=model-note]')"
        ".textContent.includes(words)",
        arg=words,
    )


def test_every_tab_follows_the_chosen_model(page, clips):
    assert header(page, "model-name").inner_text() == SHIPPED_NAME
    assert header(page, "badge").is_hidden()
    choose(page, "second")
    wait_for_model(page, "second")
    assert header(page, "badge").inner_text() == "demo model"
    page.get_by_role("tab", name="About").click()
    page.get_by_role("heading", name="The second card").wait_for()
    assert page.locator("#about-model").inner_text() == "second"
    assert "Demonstration weights" in page.locator("#about").inner_text()
    page.get_by_role("tab", name="Clip").click()
    analyse(page, clips / "portrait.webm")
    model = page.locator("#clip [data-part=facts] dt", has_text="Model").locator("xpath=..")
    assert "second" in model.inner_text()
    assert part(page, "other-model").is_hidden()
    choose(page, SHIPPED_NAME)
    wait_for_model(page, SHIPPED_NAME)
    # The result stays, says whose it is, and can be had anew.
    assert "by second" in part(page, "other-model").inner_text()
    part(page, "again").click()
    page.wait_for_selector("#clip [data-phase=working]:not([hidden])")
    wait_for_result(page)
    assert SHIPPED_NAME in model.inner_text()
    assert part(page, "other-model").is_hidden()


def test_a_second_model_stands_beside_the_verdict(page, clips):
    analyse(page, clips / "two.webm")
    part(page, "second-model").select_option("second")
    answer = page.wait_for_selector("#clip .a3-second-title")
    # The same weights under another name.
    own = page.evaluate("window.a3lign.clip.value.faces[0].verdict.title")
    assert answer.inner_text() == f"{own} – the same first choice"
    part(page, "second-model").select_option("three")
    page.wait_for_function(
        "(before) => document.querySelector('#clip .a3-second').textContent !== before",
        arg=part(page, "second").text_content(),
    )
    page.wait_for_selector("#clip .a3-second-title")
    names = page.locator("#clip .a3-second .a3-row-name").all_inner_texts()
    assert sorted(names) == ["Happiness", "Neutral", "Sadness"]
    page.locator("#clip .a3-face").nth(1).click()
    page.wait_for_selector("#clip .a3-second-title")


def test_live_follows_the_chosen_model(page):
    open_live(page)
    page.evaluate(WATCH_CAMERA)
    start(page)
    page.wait_for_function("document.querySelectorAll('#live .a3-live-share').length === 7")
    choose(page, "three")
    wait_for_state(page, "consent")
    assert tracks(page) == ["ended"]
    assert "other expressions" in live_part(page, "problem").inner_text()
    live_part(page, "start").click()
    wait_for_state(page, "running")
    page.wait_for_function(
        """() => { const shares = [...document.querySelectorAll('#live .a3-live-share')];
            return shares.length === 3 && shares.every((share) => /%/.test(share.textContent)) }"""
    )
    # The same expressions: the camera stays on.
    choose(page, SHIPPED_NAME)
    wait_for_state(page, "consent")
    live_part(page, "start").click()
    wait_for_state(page, "running")
    choose(page, "second")
    wait_for_model(page, "second")
    before = live_part(page, "chart").evaluate("(canvas) => canvas.toDataURL()")
    page.wait_for_function(
        "(before) => document.querySelector('#live [data-part=chart]').toDataURL() !== before",
        arg=before,
    )
    assert live_part(page, "root").get_attribute("data-state") == "running"


def test_tabs_that_are_opened_later_know_the_model(page):
    choose(page, "three")
    wait_for_model(page, "three")
    open_live(page)
    page.wait_for_function("document.querySelectorAll('#live .a3-live-rows li').length === 3")
    page.get_by_role("tab", name="About").click()
    page.wait_for_function("document.querySelector('#about-model').textContent === 'three'")
    page.get_by_role("tab", name="Alignment").click()
    page.wait_for_function("document.querySelectorAll('#alignment .a3-al-class').length === 4")


def test_a_choice_is_the_visitors_own(new_page):
    first, second = new_page(), new_page()
    choose(first, "three")
    wait_for_model(first, "three")
    second.reload()
    second.wait_for_selector("#clip [data-part=root][data-ready]")
    assert header(second, "model-name").inner_text() == SHIPPED_NAME
    page = new_page(viewport={"width": 390, "height": 844})
    header(page, "model").click()
    page.get_by_role("button", name="second").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    box = header(page, "models").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


def test_a_model_that_cannot_be_opened_is_told(chromium, app_url):
    """Not with the usual page: a browser reports every refused request on the console."""
    context = chromium.new_context()
    context.add_init_script(ASK_THE_PAGE)
    try:
        page = context.new_page()
        page.goto(app_url)
        page.wait_for_selector("#clip [data-part=root][data-ready]")
        choose(page, "damaged")
        wait_for_note(page, "missing")
        note = header(page, "model-note").inner_text()
        assert "model.safetensors" in note
        assert "Traceback" not in note
        # Where only this machine can visit, a Hugging Face id may be given; here none is reachable.
        header(page, "hub-id").fill("../etc")
        page.keyboard.press("Enter")
        wait_for_note(page, "owner/name")
        assert header(page, "model-name").inner_text() == SHIPPED_NAME
    finally:
        context.close()


def test_a_choice_outlives_the_servers_memory(chromium, app_url):
    context = chromium.new_context()
    context.add_init_script(ASK_THE_PAGE)
    try:
        page = context.new_page()
        page.goto(app_url)
        page.wait_for_selector("#clip [data-part=root][data-ready]")
        choose(page, "three")
        wait_for_model(page, "three")
        with page.expect_request("**/visitor/ping*") as ping:
            pass
        # The server ends the visit, as after a restart: the page's next word begins a new one.
        token = ping.value.headers["x-visit"]
        page.request.post(f"{app_url}/visitor/leave", headers={"x-visit": token})
        with page.expect_response("**/models/choose?name=three") as answer:
            pass
        assert answer.value.ok
    finally:
        context.close()
