"""What a visitor does on the Live tab, as steps for the tests."""

import pytest

# Keeps every camera track where a test can look at it, and takes back what a test changed.
WATCH_CAMERA = """() => {
  window.tracks = [];
  delete document.hidden;
  const devices = navigator.mediaDevices;
  window.ownCamera ??= devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (request) => {
    window.request = request;
    const stream = await window.ownCamera(request);
    window.tracks.push(...stream.getTracks());
    return stream;
  };
}"""
COUNT_ANSWERS = """() => {
  if (window.answers !== undefined) return;
  window.answers = 0;
  const ask = window.fetch;
  window.fetch = async (...given) => {
    const response = await ask(...given);
    window.answers += String(given[0]).includes("/live/frame") && response.status === 200;
    return response;
  };
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

REFUSE_CAMERA = """(name) => {
  navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("no", name) };
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


def wait_for_answers(page, count):
    page.evaluate(COUNT_ANSWERS)
    wanted = page.evaluate("window.answers") + count
    page.wait_for_function("(count) => window.answers >= count", arg=wanted, timeout=90_000)


def wait_for_frames(page, count):
    """Wait until the screen was drawn so often: what moves by itself has moved."""
    page.evaluate(
        """async (count) => {
        for (; count; count -= 1) await new Promise((done) => requestAnimationFrame(done)) }""",
        count,
    )


@pytest.fixture
def live(shared_page):
    """The page of all tests of a file, before anybody has agreed to anything."""
    shared_page.get_by_role("tab", name="Live").click()
    stage_or_gate = "#live :is([data-part=agree], [data-part=stop]):visible"
    if shared_page.wait_for_selector(stage_or_gate).get_attribute("data-part") == "stop":
        part(shared_page, "stop").click()
    open_live(shared_page)
    wait_for_state(shared_page, "consent")
    part(shared_page, "agree").uncheck()
    shared_page.evaluate(WATCH_CAMERA)
    return shared_page


@pytest.fixture
def running(live):
    start(live)
    wait_for_text(live, "label", r"[A-Z]\w+")
    return live


def heap(session):
    session.send("HeapProfiler.collectGarbage")
    metrics = session.send("Performance.getMetrics")["metrics"]
    values = {metric["name"]: metric["value"] for metric in metrics}
    return values["JSHeapUsedSize"] / 1e6, values["Nodes"], values["JSEventListeners"]


def watch_memory(page, warm_up, during):
    """What the page grew by meanwhile: heap [MB], nodes, listeners."""
    start(page)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    warm_up()
    before = heap(session)
    during()
    after = heap(session)
    assert part(page, "root").get_attribute("data-state") == "running"
    session.detach()
    return [late - early for early, late in zip(before, after, strict=True)]
