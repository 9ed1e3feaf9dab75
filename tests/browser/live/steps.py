"""What a visitor does on the Live tab, as steps for the tests."""

import pytest

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
