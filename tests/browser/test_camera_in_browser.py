"""What a visitor does with the camera, and what the camera does when the visitor turns away."""

import re

import pytest

pytestmark = pytest.mark.browser

# Half of what two idle cores reach: here they also run the browser, the fake camera, the tests.
LEAST_UPDATES_PER_S = 5

# Keeps every camera track where a test can look at it.
WATCH_CAMERA = """() => {
  window.tracks = [];
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (request) => {
    window.request = request;
    const stream = await ask(request);
    window.tracks.push(...stream.getTracks());
    return stream;
  };
}"""
REFUSE_CAMERA = """(name) => {
  navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("no", name) };
}"""
EMPTY_CAMERA = """() => {
  navigator.mediaDevices.getUserMedia = async () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [320, 240];
    const context = canvas.getContext("2d");
    let shade = 80;
    setInterval(() => {
      context.fillStyle = `rgb(${shade}, 90, 100)`;
      context.fillRect(0, 0, 320, 240);
      shade = 80 + ((shade + 1) % 20);
    }, 60);
    return canvas.captureStream(15);
  };
}"""
COUNT_LAYOUT_SHIFT = """() => {
  window.shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.shift += entry.value;
  }).observe({ type: "layout-shift" });
}"""


def part(page, name):
    return page.locator(f"#live [data-part={name}]")


def open_live(page):
    page.get_by_role("tab", name="Live").click()
    page.wait_for_selector("#live [data-part=agree]")
    # The detector's name is filled in once the tab's scripts run.
    page.wait_for_function(
        "document.querySelector('#live [data-part=detector]').textContent !== '–'"
    )


def start(page):
    part(page, "agree").check()
    part(page, "start").click()
    wait_for_state(page, "running")


def wait_for_state(page, state):
    page.wait_for_selector(f"#live [data-part=root][data-state={state}]")


def wait_for_text(page, name, pattern, timeout=20_000):
    page.wait_for_function(
        "([name, pattern]) => new RegExp(pattern).test("
        "document.querySelector(`#live [data-part='${name}']`).textContent)",
        arg=[name, pattern],
        timeout=timeout,
    )
    return part(page, name).inner_text()


def tracks(page):
    return page.evaluate("window.tracks.map((track) => track.readyState)")


@pytest.fixture
def live(page):
    open_live(page)
    page.evaluate(WATCH_CAMERA)
    return page


@pytest.fixture
def running(live):
    start(live)
    wait_for_text(live, "label", r"[A-Z]\w+")
    return live


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


def test_curves_move_and_the_read_out_tells_the_speed(running):
    wait_for_text(running, "rate", r"\d")
    running.wait_for_timeout(3000)
    chart = "document.querySelector('#live [data-part=chart]').toDataURL()"
    before = running.evaluate(chart)
    running.wait_for_timeout(400)
    assert running.evaluate(chart) != before
    # A server that has just started still warms other things up.
    running.wait_for_function(
        "(least) => parseFloat("
        "document.querySelector('#live [data-part=rate]').textContent) >= least",
        arg=LEAST_UPDATES_PER_S,
        timeout=60_000,
    )
    for name in ("detect", "encode", "synchronize", "draw", "trip"):
        assert re.fullmatch(r"[\d.]+ ms", part(running, name).inner_text()), name
    assert part(running, "device").inner_text() == "cpu"
    assert part(running, "detector").inner_text() in {"haar", "yunet", "scrfd"}
    shares = running.locator("#live .a3-live-share").all_inner_texts()
    assert sum(int(share.split()[0]) for share in shares) == pytest.approx(100, abs=5)
    crop = "document.querySelector('#live [data-part=crop]')"
    colors = f"new Set({crop}.getContext('2d').getImageData(0, 0, 112, 112).data).size"
    assert running.evaluate(colors) > 20


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


def test_freeze_looks_back(running):
    running.wait_for_timeout(2500)
    part(running, "freeze").click()
    wait_for_state(running, "frozen")
    assert tracks(running) == ["ended"]
    assert "camera is off" in part(running, "message").inner_text()
    still = "document.querySelector('#live [data-part=chart]').toDataURL()"
    before = running.evaluate(still)
    running.wait_for_timeout(400)
    assert running.evaluate(still) == before
    chart = part(running, "chart")
    chart.focus()
    wait_for_text(running, "hint", r"^0\.0 s before the end")
    for _ in range(4):
        running.keyboard.press("ArrowLeft")
    hint = wait_for_text(running, "hint", r"^0\.[1-9] s before the end")
    assert "%" in hint or "no face" in hint
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    running.mouse.move(box["x"] + box["width"] * 0.88, box["y"] + 50)
    wait_for_text(running, "hint", r"^[0-2]\.\d s before the end")
    assert running.evaluate(still) != before


def test_calibration_counts_down_and_can_be_forgotten(running):
    part(running, "calibrate").click()
    running.wait_for_selector("#live [data-part=resting]:not([hidden])")
    running.wait_for_selector("#live [data-part=resting]", state="hidden", timeout=15_000)
    assert wait_for_text(running, "label", "Neutral") == "Neutral"
    wait_for_text(running, "calibrate", "Uncalibrate")
    part(running, "calibrate").click()
    wait_for_text(running, "calibrate", "^Calibrate$")


def test_smoothing_and_window_reach_the_server(running):
    with running.expect_request(
        lambda request: "smoothing_s=0&" in request.url and "window_s=4" in request.url
    ):
        part(running, "smoothing").fill("0")
        part(running, "window").fill("4")
    assert part(running, "smoothing-value").inner_text() == "off"
    assert part(running, "window-value").inner_text() == "4.0 s"


def test_the_last_seconds_open_in_the_clip_tab(running):
    running.wait_for_timeout(4000)
    part(running, "save").click()
    running.wait_for_selector("#clip [data-phase=studio]:not([hidden])", timeout=90_000)
    assert tracks(running) == ["ended"]
    duration_s = running.evaluate(
        "() => document.querySelector('#clip [data-part=video]').duration"
    )
    assert 3 < duration_s < 31


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
    live.wait_for_selector("#live [data-part=problem]:not(:empty)")
    assert words in part(live, "problem").inner_text()
    assert part(live, "start").is_enabled()


def test_an_insecure_page_says_what_to_do(live):
    live.evaluate("Object.defineProperty(window, 'isSecureContext', { value: false })")
    part(live, "agree").check()
    part(live, "start").click()
    live.wait_for_selector("#live [data-part=problem]:not(:empty)")
    assert "https" in part(live, "problem").inner_text()


def test_two_visitors_have_curves_of_their_own(new_page):
    first, second = new_page(), new_page()
    for page in (first, second):
        open_live(page)
    second.evaluate(EMPTY_CAMERA)
    for page in (first, second):
        start(page)
    wait_for_text(second, "label", "No face")
    wait_for_text(first, "label", r"[A-Z]\w+")
    first.wait_for_timeout(3500)
    assert part(first, "label").inner_text() != "No face"
    rates = [float(part(page, "rate").inner_text().split()[0]) for page in (first, second)]
    # Neither keeps the other from the model.
    assert min(rates) > 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_everything_without_sideways_scrolling(new_page, scheme):
    page = new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    open_live(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    start(page)
    wait_for_text(page, "rate", r"\d")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for name in ("freeze", "stop", "calibrate", "save"):
        box = part(page, name).bounding_box()
        assert box["height"] >= 44
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


def test_nothing_jumps_while_the_camera_runs(running):
    running.wait_for_timeout(1500)
    running.evaluate(COUNT_LAYOUT_SHIFT)
    running.wait_for_timeout(3000)
    part(running, "freeze").click()
    wait_for_state(running, "frozen")
    running.wait_for_timeout(500)
    assert running.evaluate("window.shift") < 0.02


def test_reduced_motion_still_shows_new_values(new_page):
    page = new_page(reduced_motion="reduce")
    open_live(page)
    start(page)
    wait_for_text(page, "rate", r"\d")
    chart = "document.querySelector('#live [data-part=chart]').toDataURL()"
    before = page.evaluate(chart)
    page.wait_for_timeout(1000)
    assert page.evaluate(chart) != before


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
        page.wait_for_timeout(1500)
        rate = wait_for_text(page, "rate", r"\d")
        assert float(rate.split()[0]) > 0
        assert part(page, "root").get_attribute("data-state") == "running"
    finally:
        context.close()


def heap(session):
    session.send("HeapProfiler.collectGarbage")
    metrics = session.send("Performance.getMetrics")["metrics"]
    values = {metric["name"]: metric["value"] for metric in metrics}
    return values["JSHeapUsedSize"] / 1e6, values["Nodes"], values["JSEventListeners"]


def watch_memory(page, seconds):
    """Growth while the camera runs, counted once the 30 s that are kept are full."""
    start(page)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    page.wait_for_timeout(34_000)
    before = heap(session)
    page.wait_for_timeout(seconds * 1000)
    after = heap(session)
    assert part(page, "root").get_attribute("data-state") == "running"
    return [late - early for early, late in zip(before, after, strict=True)]


def test_memory_does_not_grow(live):
    heap_mb, nodes, listeners = watch_memory(live, 30)
    assert heap_mb < 3
    assert nodes < 100
    assert listeners < 20
