"""Frames on their way: how many, in which order they are shown, and what is shown without any."""

import base64

import cv2
import numpy as np
import pytest

from app.examples.shelf import portrait_frame
from app.page.files import module
from core.faces.box import FaceBox, crop_face
from tests.browser.live.steps import (
    open_live,
    part,
    start,
    wait_for_answers,
    wait_for_state,
    wait_for_text,
)

pytestmark = pytest.mark.browser

# A server that answers when the test says so, in the order that it says.
EXCHANGE = """async () => {
  const { LiveExchange } = await MODULE;
  const video = { requestVideoFrameCallback: (call) => { window.tick = call; } };
  let clock = 0;
  const waiting = [];
  const shown = [];
  let troubles = 0;
  const camera = { video, grab: async () => ({ jpeg: {}, picture: {} }), giveBack() {} };
  const exchange = new LiveExchange(camera, () => clock, {
    send: (jpeg, time_s) => new Promise((answer, fail) => waiting.push({ time_s, answer, fail })),
    answer: (answer, { time_s }) => shown.push(time_s),
    trouble: () => { troubles += 1; },
    recovered() {},
  });
  const pass = () => new Promise((done) => setTimeout(done));
  const film = async (frames) => {
    for (let frame = 0; frame < frames; frame += 1) {
      clock += 1;
      window.tick();
      await pass();
    }
  };
  const reply = async (place, milliseconds) => {
    waiting.splice(place, 1)[0].answer({ milliseconds: { detect: milliseconds }, waited_ms: 0 });
    await pass();
  };
  exchange.start();
  await film(6);
  const first = waiting.map(({ time_s }) => time_s);
  Object.assign(exchange, { way_ms: 70, work_ms: 10 }); // as measured so far
  await reply(0, 10);
  await film(6);
  const far = waiting.map(({ time_s }) => time_s);
  await reply(1, 1e9);
  await reply(0, 1e9); // overtaken; the server is near
  await film(6);
  const near = waiting.length;
  waiting.splice(0).forEach(({ fail }) => fail(new Error("gone")));
  await pass();
  await film(3);
  const failing = waiting.length;
  exchange.end();
  const room = (trip_ms, work_ms) => {
    const other = new LiveExchange({ video }, () => 0, {});
    other.start();
    for (let answer = 0; answer < 40; answer += 1) {
      other.fit({ milliseconds: { encode: work_ms }, waited_ms: 0 }, trip_ms);
    }
    return other;
  };
  const rooms = [[16, 14], [96, 14], [216, 14], [216, 100]].map((given) => room(...given).room);
  const crowded = room(216, 14);
  crowded.on.send = async () => null; // dropped by the server
  await crowded.exchange(crowded.run, 0, {});
  crowded.end();
  return { first, far, near, failing, troubles, shown, rooms, crowded: crowded.room };
}"""

CROP = """async ([width, height, pixels, side, square]) => {
  const { drawCrop } = await MODULE;
  const make = (across, down) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [across, down];
    return canvas.getContext("2d");
  };
  const picture = make(width, height);
  picture.putImageData(new ImageData(new Uint8ClampedArray(pixels), width, height), 0, 0);
  const crop = make(side, side);
  drawCrop(crop, picture.canvas, square);
  return [...crop.getImageData(0, 0, side, side).data];
}"""

HOLD = """() => {
  const ask = window.fetch;
  let release = null;
  let held = Promise.resolve();
  window.hold = () => { held = new Promise((done) => { release = done; }); };
  window.release = () => release();
  window.fetch = async (...given) => {
    if (String(given[0]).includes("/live/frame")) await held;
    return ask(...given);
  };
}"""

PAIR = """(source) => {
  navigator.mediaDevices.getUserMedia = async () => {
    const picture = new Image();
    picture.src = source;
    await picture.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [320, 240];
    const context = canvas.getContext("2d");
    let flip = 0;
    setInterval(() => {
      context.drawImage(picture, 0, 40, 320, 160);
      context.fillRect(0, 0, (flip ^= 1), 1);
    }, 60);
    return canvas.captureStream(15);
  };
}"""


def test_frames_in_flight_are_few_and_answers_are_shown_in_order(shared_page):
    found = shared_page.evaluate(EXCHANGE.replace("MODULE", module("live/exchange.js")))
    assert found["first"] == [1, 2]
    assert found["far"] == [2, 7, 8]
    assert found["near"] == 2
    assert found["failing"] <= 1
    assert found["troubles"] == 2
    assert found["shown"] == [1, 7]
    # Near; 80 and 200 ms away; as far from a slow server.
    assert found["rooms"] == [2, 4, 5, 3]
    assert found["crowded"] == 4


@pytest.mark.parametrize(
    "box",
    [
        FaceBox(14.5, 8, 30),
        FaceBox(14, 8, 30, roll=25),
        FaceBox(-9, -6, 30),
        FaceBox(45, 30, 30, roll=-40),
    ],
)
def test_the_crop_on_the_page_is_the_one_that_the_model_sees(shared_page, box):
    waves = np.sin(np.arange(64) / 5)[None, :, None] + np.cos(np.arange(48) / 4)[:, None, None]
    frame = (127 + 60 * waves * np.array([1.0, 0.6, -0.8])).astype(np.uint8)
    pixels = np.dstack([frame, np.full((48, 64), 255, np.uint8)]).ravel().tolist()
    square = [box.x, box.y, box.side, box.roll]
    script = CROP.replace("MODULE", module("live/crop.js"))
    drawn = shared_page.evaluate(script, [64, 48, pixels, 30, square])
    shown = np.reshape(drawn, (30, 30, 4))[..., :3].astype(int)
    assert np.abs(shown - crop_face(frame, box).astype(int)).mean() < 3


def test_old_answers_are_cleared_and_new_ones_come_back(page):
    open_live(page)
    page.evaluate(HOLD)
    start(page)
    wait_for_text(page, "label", r"[A-Z]\w+")
    assert part(page, "badge").inner_text() == "Live"
    assert part(page, "still").evaluate("(still) => getComputedStyle(still).visibility") == (
        "visible"
    )
    page.evaluate("window.hold()")
    wait_for_text(page, "label", "No answer")
    assert part(page, "badge").inner_text() == "Waiting"
    assert set(page.locator("#live .a3-live-share").all_inner_texts()) == {"–"}
    assert part(page, "still").evaluate("(still) => getComputedStyle(still).visibility") == (
        "hidden"
    )
    drawn = "new Set(ELEMENT.getContext('2d').getImageData(0, 0, 100, 100).data).size"
    for name in ("overlay", "crop"):
        element = f"document.querySelector('#live [data-part={name}]')"
        assert page.evaluate(drawn.replace("ELEMENT", element)) == 1, name
    page.evaluate("window.release()")
    wait_for_text(page, "badge", "Live")
    wait_for_text(page, "label", r"^(?!No answer)[A-Z]\w+")


def test_one_of_two_faces_is_chosen_by_click_and_keyboard(page):
    face = cv2.resize(portrait_frame(0), (160, 160))
    pair = cv2.cvtColor(np.hstack([face, face[:, ::-1]]), cv2.COLOR_RGB2BGR)
    source = base64.b64encode(cv2.imencode(".jpg", pair)[1].tobytes()).decode()
    open_live(page)
    page.evaluate(PAIR, f"data:image/jpeg;base64,{source}")
    start(page)
    buttons = page.locator("#live [data-part=faces] button")
    page.wait_for_function("document.querySelectorAll('#live [data-part=faces] button').length > 1")
    pressed = page.locator("#live [data-part=faces] button[aria-pressed=true]")
    followed = pressed.inner_text()
    other = buttons.filter(has_not_text=followed).first
    name = other.inner_text()
    other.press("Enter")
    page.wait_for_selector(f"#live [data-part=faces] button[aria-pressed=true]:text-is('{name}')")
    # A click where the picture shows the other one, left or right.
    picture = part(page, "picture").bounding_box()
    changed = f"#live [data-part=faces] button[aria-pressed=true]:not(:text-is('{name}'))"
    for share in (0.25, 0.75):
        at = {"x": share * picture["width"], "y": 0.39 * picture["height"]}
        if pressed.inner_text() == name:
            part(page, "picture").click(position=at)
            wait_for_answers(page, 6)  # more than there were on their way
    page.wait_for_selector(changed)
    part(page, "freeze").click()
    wait_for_state(page, "frozen")
    assert part(page, "faces").is_hidden()
