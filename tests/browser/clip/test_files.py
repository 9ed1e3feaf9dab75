"""What a visitor takes along is what was promised."""

import csv
import json

import av
import pytest

from tests.browser.clip.steps import analyse

pytestmark = pytest.mark.browser


def frames_of(path):
    with av.open(str(path)) as film:
        return sum(1 for _ in film.decode(video=0))


def test_files_are_saved(page, clips, tmp_path):
    analyse(page, clips / "portrait.webm")
    frames = page.evaluate("window.a3lign.clip.value.times_s.length")

    def save(kind):
        with page.expect_download(timeout=60_000) as download:
            page.click(f"#clip [data-save={kind}]")
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        return path

    table = save("csv")
    assert table.name == "portrait.csv"
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert len(rows) == frames
    assert float(rows[3]["time_s"]) > float(rows[2]["time_s"])
    result = json.loads(save("json").read_text())
    assert result["video"] == "portrait.webm"
    assert len(result["frames"]) == frames
    for kind in ("webm", "mp4"):
        assert frames_of(save(kind)) == pytest.approx(frames_of(clips / "portrait.webm"), abs=2)
    report = save("report").read_text()
    assert "portrait.webm" in report
    assert "data:image/jpeg" not in report
    page.check("#clip [data-part=with-faces]")
    assert "data:image/jpeg" in save("report").read_text()


def test_the_report_stands_alone(page, new_page, clips, tmp_path):
    analyse(page, clips / "portrait.webm")
    with page.expect_download() as download:
        page.click("#clip [data-save=report]")
    path = tmp_path / "report.html"
    download.value.save_as(path)
    alone = page.context.new_page()
    problems = []
    alone.on("pageerror", lambda error: problems.append(str(error)))
    alone.on(
        "request", lambda request: problems.append(request.url) if "http" in request.url else None
    )
    alone.goto(path.as_uri())
    alone.wait_for_selector(".scatterlayer .trace")
    assert alone.locator(".a3-row").count() == alone.locator(".a3-legend-item").count()
    alone.click("[data-value=cosine]")
    assert "cosine" in alone.locator(".ytitle").text_content()
    # It leads to episodes and moments, whose address can be passed on, in either colour mode.
    times = alone.locator("[data-part=episode-rows] button")
    assert times.count() == alone.locator(".a3-episode").count()
    alone.goto(f"{path.as_uri()}#t=1.25")
    alone.reload()
    alone.wait_for_selector(".scatterlayer .trace")
    assert alone.locator("[data-part=now]").inner_text() == "1.25 s"
    alone.click("[data-part=look]")
    assert alone.locator("body.dark").count() == 1
    assert not problems
