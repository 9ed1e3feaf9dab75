"""Curves that move, and what a visitor does with them."""

import re

import pytest

from tests.browser.live.steps import (
    live,
    open_live,
    part,
    running,
    start,
    tracks,
    wait_for_answers,
    wait_for_frames,
    wait_for_state,
    wait_for_text,
    watch_memory,
)

pytestmark = pytest.mark.browser
__all__ = ["live", "running"]

CHART = "document.querySelector('#live [data-part=chart]').toDataURL()"
# What reaches out of the card that it lies in.
BEYOND_THE_CARD = """() => {
  const inside = document.querySelectorAll("#live .a3-card :not(.a3-live-bar *)");
  return [...inside].filter((each) => {
    const card = each.closest(".a3-card").getBoundingClientRect();
    const own = each.getBoundingClientRect();
    return own.width && (own.right > card.right || own.left < card.left);
  }).map((each) => each.outerHTML.slice(0, 80));
}"""
COUNT_LAYOUT_SHIFT = """() => {
  window.shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.shift += entry.value;
  }).observe({ type: "layout-shift" });
}"""


def test_curves_move_and_the_read_out_tells_the_speed(running):
    before = running.evaluate(CHART)
    running.wait_for_function(f"(before) => {CHART} !== before", arg=before)
    # How fast depends on the machine; that frames are answered does not.
    wait_for_text(running, "rate", r"[1-9]", timeout=60_000)
    for name in ("detect", "encode", "synchronize", "draw", "trip"):
        assert re.fullmatch(r"[\d.]+ ms", part(running, name).inner_text()), name
    assert part(running, "device").inner_text() == "cpu"
    assert part(running, "detector").inner_text() in {"haar", "yunet", "scrfd"}
    shares = running.locator("#live .a3-live-share").all_inner_texts()
    assert sum(int(share.split()[0]) for share in shares) == pytest.approx(100, abs=5)
    crop = "document.querySelector('#live [data-part=crop]')"
    colors = f"new Set({crop}.getContext('2d').getImageData(0, 0, 112, 112).data).size"
    assert running.evaluate(colors) > 20


def test_picture_bars_and_curves_share_the_screen_of_a_laptop(running):
    usual = running.viewport_size
    running.set_viewport_size({"width": 1280, "height": 720})
    bottoms = [
        f"document.querySelector('#live [data-part={name}]').getBoundingClientRect().bottom"
        for name in ("picture", "rows", "chart")
    ]
    running.evaluate("scrollTo(0, 0)")
    running.wait_for_function(f"Math.max({', '.join(bottoms)}) <= 720")
    running.set_viewport_size(usual)


def test_freeze_looks_back(running):
    wait_for_answers(running, 8)
    part(running, "freeze").click()
    wait_for_state(running, "frozen")
    assert tracks(running) == ["ended"]
    assert "camera is off" in part(running, "message").inner_text()
    before = running.evaluate(CHART)
    wait_for_frames(running, 12)
    assert running.evaluate(CHART) == before
    chart = part(running, "chart")
    chart.focus()
    wait_for_text(running, "hint", r"^0\.0 s before the end")
    for _ in range(4):
        running.keyboard.press("ArrowLeft")
    hint = wait_for_text(running, "hint", r"^(?!0\.0)\d+\.\d s before the end")
    assert "%" in hint or "no face" in hint
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    running.mouse.move(box["x"] + box["width"] * 0.88, box["y"] + 50)
    wait_for_text(running, "hint", r"^[0-4]\.\d s before the end")
    assert running.evaluate(CHART) != before


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


def test_a_phone_shows_everything_without_sideways_scrolling(new_page):
    page = new_page(viewport={"width": 390, "height": 844})
    open_live(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    start(page)
    wait_for_text(page, "rate", r"\d")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        for name in ("freeze", "stop", "calibrate", "save"):
            box = part(page, name).bounding_box()
            assert box["height"] >= 44
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate(BEYOND_THE_CARD) == []


def test_nothing_jumps_while_the_camera_runs(running):
    wait_for_text(running, "rate", r"\d")
    running.evaluate(COUNT_LAYOUT_SHIFT)
    wait_for_answers(running, 12)
    part(running, "freeze").click()
    wait_for_state(running, "frozen")
    wait_for_frames(running, 12)
    assert running.evaluate("window.shift") < 0.02


def test_reduced_motion_still_shows_new_values(new_page):
    page = new_page(reduced_motion="reduce")
    open_live(page)
    start(page)
    wait_for_text(page, "rate", r"\d")
    before = page.evaluate(CHART)
    page.wait_for_function(f"(before) => {CHART} !== before", arg=before)


def test_memory_does_not_grow_with_the_answers(live):
    answers = 60
    heap_mb, nodes, listeners = watch_memory(
        live, lambda: wait_for_answers(live, 20), lambda: wait_for_answers(live, answers)
    )
    # The frames of 30 s are kept, which is less than a kilobyte of heap each.
    assert heap_mb < 1.5
    assert nodes < answers / 2
    assert listeners < answers / 4


def test_the_last_seconds_open_in_the_clip_tab(running):
    wait_for_answers(running, 8)
    part(running, "save").click()
    running.wait_for_selector("#clip [data-phase=studio]:not([hidden])", timeout=90_000)
    assert tracks(running) == ["ended"]
    duration = "document.querySelector('#clip [data-part=video]').duration"
    running.wait_for_function(f"() => {duration} > 0")  # until then the file is not read
    assert 0.2 < running.evaluate(f"() => {duration}") < 31
