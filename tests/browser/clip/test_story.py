"""What was to be seen when: one story on the page, in the report, in the files and over the API."""

import itertools
import json

import pytest
from gradio_client import Client, handle_file

from app.examples.shelf import drawn_frame
from tests.browser.clip.steps import analyse, cursor, part
from tests.browser.conftest import write_motion_jpeg

pytestmark = pytest.mark.browser

STORY = "window.a3lign.clip.value.faces[0].story"


@pytest.fixture(scope="module")
def changing(tmp_path_factory):
    """The drawn face over nine seconds: it smiles, is surprised, frowns."""
    path = tmp_path_factory.mktemp("story") / "changing.avi"
    write_motion_jpeg(path, [drawn_frame(index / 10) for index in range(90)], 10)
    return path


def words(locator):
    return locator.inner_text().replace("\u00a0", " ")


def test_a_long_clip_is_told_in_time_on_every_surface(page, app_url, changing, tmp_path):
    analyse(page, changing)
    story = page.evaluate(STORY)
    assert len(story["episodes"]) > 1
    assert words(part(page, "headline")) == story["summary"]
    assert part(page, "story").is_hidden()
    assert "Verdict from 16 frames" in words(part(page, "verdict-sentence"))
    # Each bar has the share of the time beside it.
    for row in page.locator("#clip [data-part=rows] .a3-row").all():
        name = row.locator(".a3-row-name").inner_text().lower()
        shown = row.locator(".a3-row-time").inner_text()
        assert shown == f"{round(story['share_of_time'][name] * 100)} %"
    bands = page.locator("#clip .a3-episode")
    assert bands.count() == len(story["episodes"])
    last = story["episodes"][-1]
    assert bands.last.get_attribute("aria-label").lower().startswith(last["name"])
    bands.last.click()
    assert cursor(page) == pytest.approx(last["start_s"], abs=0.01)
    boxes = [band.bounding_box() for band in bands.all()]
    assert all(
        before["x"] + before["width"] <= after["x"] + 1.5
        for before, after in itertools.pairwise(boxes)
    )

    with page.expect_download() as download:
        page.click("#clip [data-save=json]")
    saved = json.loads(download.value.path().read_text())
    assert saved["summary"] == story["summary"]
    with page.expect_download() as download:
        page.click("#clip [data-save=report]")
    download.value.save_as(tmp_path / "report.html")
    report = page.context.new_page()
    report.goto((tmp_path / "report.html").as_uri())
    report.wait_for_selector(".a3-episode")
    assert words(report.locator("[data-part=headline]")) == story["summary"]
    assert report.locator(".a3-episode").count() == len(story["episodes"])
    answer = Client(app_url, verbose=False).predict(
        handle_file(str(changing)), api_name="/predict_clip"
    )
    assert answer["summary"] == story["summary"]
    assert answer["badges"] == story["badges"]


def test_a_face_that_is_away_is_marked_and_told(page, clips):
    analyse(page, clips / "gap.webm")
    assert "nobody in view" in words(part(page, "headline"))
    badge = page.locator("#clip .a3-badge[data-kind=absent]")
    assert badge.locator("p").is_hidden()
    badge.locator("summary").press("Enter")
    assert "the result says nothing about that" in badge.locator("p").inner_text()
    # The verdict of a short clip that is seen throughout stands above its story.
    analyse_again = page.locator("#clip [data-part=another]")
    analyse_again.click()
    analyse(page, clips / "portrait.webm")
    verdict = page.evaluate("window.a3lign.clip.value.faces[0].verdict")
    assert words(part(page, "headline")) == verdict["title"]
    assert words(part(page, "story")) == page.evaluate(STORY)["summary"]


def test_uncalibrated_numbers_look_and_read_so(page, clips):
    analyse(page, clips / "portrait.webm")
    assert page.locator("#clip .a3-rows[data-uncalibrated]").count() == 0
    part(page, "second-model").select_option("zero-shot")
    page.wait_for_selector("#clip .a3-second .a3-rows[data-uncalibrated]")
    assert "Uncalibrated" in part(page, "second-answer").inner_text()
    title = page.locator("#clip .a3-second-title").inner_text()
    assert title.endswith(("– the same first choice", "– disagrees"))


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_the_story_fits(new_page, changing, width):
    page = new_page(viewport={"width": width, "height": 720})
    analyse(page, changing)
    for badge in page.locator("#clip .a3-badge summary").all():
        badge.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    card = page.locator("#clip .a3-verdict-numbers").bounding_box()
    for cell in page.locator("#clip [data-part=rows] .a3-row > *:visible").all():
        box = cell.bounding_box()
        assert box["x"] + box["width"] <= card["x"] + card["width"]
    bar = page.locator("#clip [data-part=rows] .a3-row-bar").first.bounding_box()
    assert bar["width"] >= 24


def test_a_page_that_gets_narrow_does_not_stay_wide(page, changing):
    analyse(page, changing)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("document.documentElement.scrollWidth <= 390")
