"""When the camera is on, when it is off, and what is said where it does not come."""

import pytest

from tests.browser.live.steps import (
    EMPTY_CAMERA,
    REFUSE_CAMERA,
    live,
    open_live,
    part,
    running,
    start,
    tracks,
    wait_for_answers,
    wait_for_state,
    wait_for_text,
)

pytestmark = pytest.mark.browser
__all__ = ["live", "running"]


def test_the_camera_waits_for_consent(live):
    assert part(live, "start").is_disabled()
    gate = part(live, "gate").inner_text()
    for promise in ("What is captured", "Where it is processed", "When it is deleted", "adult"):
        assert promise in gate
    assert tracks(live) == []
    part(live, "agree").check()
    assert part(live, "start").is_enabled()
    assert tracks(live) == []
    part(live, "agree").uncheck()
    assert part(live, "start").is_disabled()
    part(live, "agree").check()
    part(live, "start").click()
    wait_for_state(live, "running")
    assert tracks(live) == ["live"]
    assert live.evaluate("window.request.audio") is False


@pytest.mark.parametrize("tab", ["Clip", "About"])
def test_another_tab_turns_the_camera_off(running, tab):
    running.get_by_role("tab", name=tab).click()
    running.wait_for_function("window.tracks.every((track) => track.readyState === 'ended')")
    running.get_by_role("tab", name="Live").click()
    assert part(running, "root").get_attribute("data-state") == "frozen"
    assert "another tab" in part(running, "message").inner_text()
    part(running, "freeze").click()
    wait_for_state(running, "running")
    assert tracks(running) == ["ended", "live"]


def test_a_hidden_page_turns_the_camera_off(running):
    running.evaluate(
        """() => {
        Object.defineProperty(document, 'hidden', { value: true, configurable: true });
        document.dispatchEvent(new Event('visibilitychange')) }"""
    )
    assert tracks(running) == ["ended"]
    assert "background" in part(running, "message").inner_text()


def test_stop_turns_the_camera_off_and_forgets(running):
    part(running, "stop").click()
    assert tracks(running) == ["ended"]
    wait_for_state(running, "consent")
    assert "deleted" in part(running, "problem").inner_text()
    assert part(running, "video").evaluate("(video) => video.srcObject") is None
    part(running, "start").click()
    wait_for_state(running, "running")
    assert tracks(running) == ["ended", "live"]


def test_a_camera_that_goes_away_is_noticed(running):
    running.evaluate(
        """() => {
        const [track] = window.tracks;
        track.stop();
        track.dispatchEvent(new Event('ended')) }"""
    )
    wait_for_state(running, "frozen")
    assert "went away" in part(running, "message").inner_text()


def test_no_face_is_said(page):
    open_live(page)
    page.evaluate(EMPTY_CAMERA)
    start(page)
    message = wait_for_text(page, "message", "No face")
    assert "light" in message
    assert part(page, "label").inner_text() == "No face"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("NotAllowedError", "address bar"),
        ("NotFoundError", "No camera"),
        ("NotReadableError", "Another program"),
        ("TypeError", "did not start"),
    ],
)
def test_a_camera_that_does_not_come_gets_a_sentence(live, error, words):
    live.evaluate(REFUSE_CAMERA, error)
    part(live, "agree").check()
    part(live, "start").click()
    assert words in wait_for_text(live, "problem", words)
    assert part(live, "start").is_enabled()


def test_an_insecure_page_says_what_to_do(page):
    open_live(page)
    page.evaluate("Object.defineProperty(window, 'isSecureContext', { value: false })")
    part(page, "agree").check()
    part(page, "start").click()
    page.wait_for_selector("#live [data-part=problem]:not(:empty)")
    assert "https" in part(page, "problem").inner_text()


def test_two_visitors_have_curves_of_their_own(new_page):
    first, second = new_page(), new_page()
    for page in (first, second):
        open_live(page)
    second.evaluate(EMPTY_CAMERA)
    for page in (first, second):
        start(page)
    wait_for_text(second, "label", "No face")
    wait_for_text(first, "label", r"[A-Z]\w+")
    for page in (first, second):
        wait_for_answers(page, 1)
    before = [page.evaluate("window.answers") for page in (first, second)]
    wait_for_answers(first, 20)
    assert part(first, "label").inner_text() != "No face"
    after = [page.evaluate("window.answers") for page in (first, second)]
    counts = [late - early for early, late in zip(before, after, strict=True)]
    # Neither keeps the other from the model, however slow the machine is.
    assert min(counts) > 0.2 * max(counts)


def test_an_outage_is_told_and_survived(chromium, app_url):
    """Not with the usual page: a browser reports every failed request on the console."""
    context = chromium.new_context()
    page = context.new_page()
    try:
        page.goto(app_url)
        open_live(page)
        start(page)
        wait_for_text(page, "label", r"[A-Z]\w+")
        page.route("**/live/frame*", lambda route: route.abort())
        message = wait_for_text(page, "message", "does not answer")
        assert "Traceback" not in message
        page.unroute("**/live/frame*")
        wait_for_text(page, "message", "^$")
        assert part(page, "root").get_attribute("data-state") == "running"
        page.route("**/live/frame*", lambda route: route.fulfill(status=410, json={}), times=1)
        wait_for_text(page, "rate", r"[1-9]")
        assert part(page, "root").get_attribute("data-state") == "running"
    finally:
        context.close()
