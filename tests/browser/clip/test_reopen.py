"""A result that was saved last week, with its video or without."""

import json

import pytest

from tests.browser.clip.steps import analyse, expect_problem, part, wait_for_result

pytestmark = pytest.mark.browser

FILE = "#clip [data-part=file]"
SLY = "<img src=x onerror=\"window.broken='yes'\">"


def told(page):
    return [part(page, name).inner_text() for name in ("title", "headline", "verdict-sentence")]


def wait_for_curves(page, note):
    part(page, "saved-text").filter(has_text=note).wait_for()
    page.wait_for_function("() => document.querySelectorAll('#clip .scatterlayer .trace').length")


def test_a_saved_result_opens_again(page, clips, tmp_path):
    analyse(page, clips / "two.webm")
    page.evaluate("window.a3lign.cursor.set(0.4)")
    part(page, "studio").focus()
    page.keyboard.press("m")
    page.keyboard.type("looks up")
    before = told(page)
    path = tmp_path / "two.json"
    with page.expect_download() as download:
        page.click("#clip [data-save=json]")
    download.value.save_as(path)
    assert part(page, "saved-note").is_hidden()

    # Alone: everything but the pictures.
    page.click("#clip [data-part=another]")
    page.set_input_files(FILE, path)
    wait_for_curves(page, "A saved result without its video.")
    assert told(page) == before
    assert page.get_by_label("Note at 0.40 s").input_value() == "looks up"
    assert page.locator("#clip .a3-face").count() == 2
    assert page.locator("#clip [data-save=webm]").is_disabled()
    assert part(page, "play").is_disabled()
    page.evaluate("window.a3lign.cursor.set(1.2)")
    page.set_input_files("#clip [data-part=saved-file]", clips / "portrait.webm")
    part(page, "saved-state").filter(has_text="portrait.webm is not the video").wait_for()
    page.set_input_files("#clip [data-part=saved-file]", clips / "two.webm")
    wait_for_curves(page, "A saved result with its video")
    wait_for_result(page)
    assert page.evaluate("window.a3lign.cursor.time_s") == pytest.approx(1.2)
    assert page.locator("#clip .a3-strip img").count()
    assert page.locator("#clip [data-save=webm]").is_enabled()
    assert page.locator(".a3-marks-list li").count() == 1

    # Both at once, as they are dropped.
    page.click("#clip [data-part=another]")
    page.set_input_files(FILE, [clips / "two.webm", path])
    wait_for_curves(page, "A saved result with its video")
    assert told(page) == before


def test_foreign_results_are_shown_as_text_or_refused(page, clips, tmp_path):
    analyse(page, clips / "portrait.webm")
    path = tmp_path / "portrait.json"
    with page.expect_download() as download:
        page.click("#clip [data-save=json]")
    download.value.save_as(path)
    page.click("#clip [data-part=another]")
    record = json.loads(path.read_text())
    for frame in record["frames"]:
        assert (frame["roll"] is None) == (frame["face"] is None)
        del frame["instant_similarities"], frame["instant_probabilities"]
    record["video"] = record["checkpoint"] = record["detector"] = SLY
    sly = json.dumps(record).replace(record["label"], SLY.replace('"', '\\"'))
    path.write_text(sly)
    page.set_input_files(FILE, path)
    wait_for_curves(page, "lacks the curves of each frame alone")
    assert page.locator('#clip [data-value="instant"]').is_disabled()
    assert SLY in part(page, "facts").inner_text()
    page.hover("#clip [data-part=plot]")
    with page.expect_download() as download:
        page.click("#clip [data-save=report]")
    report = tmp_path / "report.html"
    download.value.save_as(report)
    assert page.evaluate("window.broken") is None
    page.click("#clip [data-part=another]")
    path.write_text(sly[: len(sly) // 2])
    page.set_input_files(FILE, path)
    expect_problem(page, "portrait.json is no JSON or a damaged one")
    alone = page.context.new_page()
    alone.goto(report.as_uri())
    alone.wait_for_selector(".scatterlayer .trace")
    assert SLY in alone.locator("[data-part=facts]").inner_text()
    assert alone.evaluate("window.broken") is None
