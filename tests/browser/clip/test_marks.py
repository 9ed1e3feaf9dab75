"""A person's own marks, and corrections of a result."""

import json

import pytest

from tests.browser.clip.steps import analyse, part, wait_for_result

pytestmark = pytest.mark.browser


def test_marks_are_made_by_keys_and_saved(page, clips, tmp_path):
    analyse(page, clips / "portrait.webm")
    part(page, "studio").focus()
    page.evaluate("window.a3lign.cursor.set(0.4)")
    page.keyboard.press("m")
    page.keyboard.type("mouth opens")  # an m in a note is no mark
    page.keyboard.press("Enter")
    for time_s in (1.5, 1.0):
        page.evaluate(f"window.a3lign.cursor.set({time_s})")
        page.keyboard.press("b")
    page.keyboard.type("to be deleted")
    items = page.locator(".a3-marks-list li")
    assert items.count() == 2
    assert page.locator(".a3-marks-line i:not(.a3-marks-now)").count() == 2
    page.locator(".a3-marks-list li button").nth(2).click()
    assert page.evaluate("window.a3lign.cursor.time_s") == pytest.approx(1.0)
    with page.expect_download(timeout=60_000) as download:
        page.click("#clip [data-save=json]")
    path = tmp_path / "result.json"
    download.value.save_as(path)
    assert json.loads(path.read_text())["marks"] == [
        {"start_s": 0.4, "end_s": 0.4, "text": "mouth opens"},
        {"start_s": 1.0, "end_s": 1.5, "text": "to be deleted"},
    ]
    items.nth(1).get_by_role("button", name="Delete").click()
    assert items.count() == 1
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_face_is_left_out_and_a_part_is_looked_at(page, clips):
    analyse(page, clips / "two.webm")
    page.click("#clip .a3-corrections summary")
    faces = page.locator(".a3-corrections-faces input")
    assert faces.count() == 2
    faces.nth(0).check()
    faces.nth(1).check()
    page.click("text=They are one person")
    page.wait_for_selector(".a3-corrections p:has-text('so they are two people')")
    faces.nth(0).uncheck()
    page.click(".a3-corrections button:text-is('Leave out')")
    page.wait_for_function("window.a3lign.clip.value.faces.length === 1")
    assert page.locator(".a3-corrections-row").first.is_hidden()
    for name, time_s in (("From", "0.5"), ("to", "1.5")):
        page.get_by_label(name, exact=True).fill(time_s)
    page.click("text=Look at this part")
    page.wait_for_function("window.a3lign.clip.value?.times_s[0] >= 0.5", timeout=60_000)
    wait_for_result(page)
    times_s = page.evaluate("window.a3lign.clip.value.times_s")
    assert (times_s[0], times_s[-1]) == pytest.approx((0.52, 1.48), abs=0.05)
    assert page.evaluate("window.a3lign.clip.value.faces.length") == 2
