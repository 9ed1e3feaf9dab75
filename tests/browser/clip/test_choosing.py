"""From the first click to a clip, or to a sentence that says why not."""

import time

import pytest

from app.examples.shelf import EXAMPLES
from tests.browser.clip.steps import (
    RESULT_WITHIN_MS,
    STUDIO,
    analyse,
    click_curve,
    expect_problem,
    part,
    time_at,
    video_time,
    wait_for_result,
)
from tests.browser.live.steps import REFUSE_CAMERA

pytestmark = pytest.mark.browser


# Every shift since the page began to load.
LAYOUT_SHIFT = """() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) sum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(sum), 100);
})"""
HIDE_PAGE = """() => {
  Object.defineProperty(document, 'hidden', { value: true, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def wait_until_gone(folder, pattern):
    """Wait for the server to delete every file of this name."""
    for _ in range(50):
        if not list(folder.rglob(pattern)):
            return
        time.sleep(0.1)
    pytest.fail(f"still there: {list(folder.rglob(pattern))}")


def test_nothing_jumps_while_the_page_loads(page):
    page.wait_for_selector("#header [data-part=model-name]:not(:empty)")
    page.wait_for_selector("#tabs [role=tab][tabindex='0']")
    page.wait_for_function(
        "document.readyState === 'complete' && [...document.images].every((each) => each.complete)"
    )
    assert page.evaluate(LAYOUT_SHIFT) < 0.05


def test_an_example_needs_one_click(page):
    page.click(f"#clip [data-example={EXAMPLES[0].name}]")
    wait_for_result(page)
    assert part(page, "title").inner_text() == EXAMPLES[0].title


def test_the_camera_records_a_clip_and_is_turned_off(page):
    page.evaluate(
        """() => { const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
            window.streams = [];
            navigator.mediaDevices.getUserMedia = async (wish) => {
                window.wish = wish; const stream = await ask(wish);
                window.streams.push(stream); return stream } }"""
    )
    part(page, "open-camera").click()
    assert page.evaluate("window.streams.length") == 0
    part(page, "camera-on").click()
    part(page, "record").click()
    page.wait_for_function(
        "document.querySelector('#clip [data-part=recording-time]').textContent >= '0:02'"
    )
    part(page, "stop").click()
    wait_for_result(page)
    assert page.evaluate("window.wish.audio") is False
    assert page.evaluate("window.streams[0].getTracks().every((t) => t.readyState === 'ended')")
    assert 1.0 < page.evaluate("window.a3lign.clip.value.duration_s") < 5
    wanted_s = time_at(page, click_curve(page, 0.6))
    page.wait_for_function("!document.querySelector('#clip [data-part=video]').seeking")
    assert video_time(page) == pytest.approx(wanted_s, abs=0.05)


@pytest.mark.parametrize("way", ["back", "another tab", "hidden"])
def test_leaving_the_recorder_turns_the_camera_off(page, way):
    part(page, "open-camera").click()
    part(page, "camera-on").click()
    part(page, "record").click()
    part(page, "stop").wait_for()
    picture = part(page, "camera-picture")
    track = picture.evaluate_handle("(video) => video.srcObject.getTracks()[0]")
    if way == "back":
        part(page, "camera-close").click()
    elif way == "another tab":
        page.get_by_role("tab", name="About").click()
    else:
        page.evaluate(HIDE_PAGE)
    page.wait_for_function("(track) => track.readyState === 'ended'", arg=track)
    assert page.locator(f"{STUDIO}:not([hidden])").count() == 0


@pytest.mark.parametrize(
    ("error", "words"),
    [("NotAllowedError", "address bar"), ("NotFoundError", "No camera"), ("TypeError", "started")],
)
def test_a_recorder_without_a_camera_gets_a_sentence(page, error, words):
    page.evaluate(REFUSE_CAMERA, error)
    part(page, "open-camera").click()
    part(page, "camera-on").click()
    expect_problem(page, words)


def test_cancelling_stops_and_leaves_nothing(page, clips, uploads):
    page.set_input_files("#clip [data-part=file]", clips / "long.avi")
    page.wait_for_function(
        "() => /%/.test(document.querySelector('#clip [data-part=working-left]').textContent)",
        timeout=RESULT_WITHIN_MS,
    )
    part(page, "cancel").click()
    part(page, "pick").wait_for()
    assert page.locator("#clip [data-phase=studio]").is_hidden()
    wait_until_gone(uploads, "original.avi")
    analyse(page, clips / "portrait.webm")
    assert part(page, "title").inner_text() == "portrait.webm"


def test_cancelling_while_the_clip_is_sent_sends_no_more(page, clips, uploads):
    """The upload is held back until the visitor has cancelled."""
    page.route("**/clip/upload", lambda _: None)
    with page.expect_request("**/clip/upload"):
        page.set_input_files("#clip [data-part=file]", clips / "old.avi")
    part(page, "cancel").wait_for()
    with page.expect_event("requestfailed"):
        part(page, "cancel").click()
    assert part(page, "pick").is_visible()
    wait_until_gone(uploads, "original.avi")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("notes.txt", ["notes.txt", "not a video", "mp4"]),
        ("notes.mp4", ["not a video"]),
        ("empty.mp4", ["empty"]),
        ("hours.webm", ["hours.webm", "10:20", "limit of 10 min"]),
    ],
)
def test_a_wrong_file_gets_one_sentence(page, clips, name, words):
    page.set_input_files("#clip [data-part=file]", clips / name)
    expect_problem(page, *words)
    assert part(page, "pick").is_visible()
    assert part(page, "middle").is_hidden()


def test_without_a_face_the_middle_can_be_looked_at(page, clips):
    page.set_input_files("#clip [data-part=file]", clips / "no-face.webm")
    expect_problem(page, "No face")
    part(page, "middle").click()
    wait_for_result(page)
    assert "center" in part(page, "facts").inner_text()
    assert part(page, "problem").is_hidden()


def test_a_file_beyond_the_limit_is_refused_before_it_is_sent(page, tmp_path):
    sent = []
    page.on(
        "request", lambda request: sent.append(request.url) if "upload" in request.url else None
    )
    page.evaluate(
        """() => { const file = new File([new ArrayBuffer(65e6)], 'big.mp4', { type: 'video/mp4' });
            const transfer = new DataTransfer(); transfer.items.add(file);
            const input = document.querySelector('#clip [data-part=file]');
            input.files = transfer.files; input.dispatchEvent(new Event('change')) }"""
    )
    expect_problem(page, "65 MB", "limit of 64 MB")
    assert not sent


def test_choosing_another_clip_deletes_the_first(page, clips):
    analyse(page, clips / "portrait.webm")
    address = page.evaluate("document.querySelector('#clip [data-part=video]').src")
    assert page.request.get(address).ok
    part(page, "another").click()
    part(page, "pick").wait_for()
    for _ in range(100):
        if page.request.get(address).status == 403:
            break
        time.sleep(0.1)
    else:
        pytest.fail("the clip is still served")
