"""What a visitor does with a clip, from the first click to the saved file."""

import csv
import json
import re
import time

import cv2
import pytest

pytestmark = pytest.mark.browser

STUDIO = "[data-phase=studio]"
RESULT_WITHIN_MS = 60_000


def part(page, name):
    return page.locator(f"#clip [data-part={name}]").first


def analyse(page, path):
    page.set_input_files("#clip [data-part=file]", path)
    wait_for_result(page)


def wait_for_result(page):
    page.wait_for_selector(f"{STUDIO}:not([hidden])", timeout=RESULT_WITHIN_MS)
    page.wait_for_function(
        "() => { const v = document.querySelector('#clip [data-part=video]');"
        " return v.readyState >= 2 && v.videoWidth > 0 }"
    )
    page.wait_for_function("() => document.querySelectorAll('#clip .scatterlayer .trace').length")


def cursor(page):
    return page.evaluate("window.a3lign.cursor.time_s")


def video_time(page):
    return page.evaluate("document.querySelector('#clip [data-part=video]').currentTime")


def expect_problem(page, *words):
    problem = page.wait_for_selector("#clip [data-part=problem]:not([hidden])")
    text = problem.inner_text()
    for word in words:
        assert word in text
    assert "Traceback" not in text
    return text


def time_at(page, x):
    """Time under a page coordinate, by the tick labels that the visitor reads."""
    ticks = page.evaluate(
        """() => [...document.querySelectorAll('#clip .xtick text')].map((text) => {
            const box = text.getBoundingClientRect();
            return [Number(text.textContent), box.x + box.width / 2] })"""
    )
    (first_s, first_x), (last_s, last_x) = ticks[0], ticks[-1]
    return first_s + (x - first_x) / (last_x - first_x) * (last_s - first_s)


def click_curve(page, share):
    part(page, "plot").scroll_into_view_if_needed()
    box = part(page, "plot").bounding_box()
    x = box["x"] + box["width"] * share
    page.mouse.click(x, box["y"] + box["height"] * 0.4)
    return x


def test_an_upload_gets_a_verdict(page, clips):
    analyse(page, clips / "portrait.webm")
    assert part(page, "title").inner_text() == "portrait.webm"
    assert part(page, "verdict-title").inner_text()
    shares = page.locator("#clip .a3-row-value").all_inner_texts()
    assert len(shares) == len(page.locator("#clip .a3-legend-item").all())
    assert sum(int(share.split()[0]) for share in shares) == pytest.approx(100, abs=4)
    assert "Perceived expression" in page.locator("#clip .a3-verdict").inner_text()
    assert "analysed frames" in part(page, "facts").inner_text()


def test_a_click_on_the_curves_moves_the_video_there(page, clips):
    analyse(page, clips / "portrait.webm")
    for share in (0.3, 0.8, 0.5):
        wanted_s = time_at(page, click_curve(page, share))
        assert cursor(page) == pytest.approx(wanted_s, abs=0.05)
        page.wait_for_function("!document.querySelector('#clip [data-part=video]').seeking")
        assert video_time(page) == pytest.approx(wanted_s, abs=0.05)


def test_dragging_over_the_curves_scrubs(page, clips):
    analyse(page, clips / "portrait.webm")
    part(page, "plot").scroll_into_view_if_needed()
    box = part(page, "plot").bounding_box()
    y = box["y"] + 80
    page.mouse.move(box["x"] + box["width"] * 0.2, y)
    page.mouse.down()
    before = cursor(page)
    page.mouse.move(box["x"] + box["width"] * 0.7, y, steps=5)
    assert cursor(page) > before + 0.5
    page.mouse.up()
    stopped = cursor(page)
    page.mouse.move(box["x"] + box["width"] * 0.3, y)
    assert cursor(page) == stopped


def test_playback_moves_the_cursor(page, clips):
    analyse(page, clips / "portrait.webm")
    part(page, "play").click()
    page.wait_for_function("window.a3lign.cursor.time_s > 0.6")
    assert cursor(page) == pytest.approx(video_time(page), abs=0.25)
    line = part(page, "cursor").bounding_box()
    assert time_at(page, line["x"] + line["width"] / 2) == pytest.approx(cursor(page), abs=0.25)
    part(page, "play").click()
    assert page.evaluate("document.querySelector('#clip [data-part=video]').paused")


def test_keys_play_and_step(page, clips):
    analyse(page, clips / "portrait.webm")
    part(page, "studio").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    third = page.evaluate("window.a3lign.clip.value.times_s[2]")
    assert cursor(page) == pytest.approx(third, abs=1e-6)
    page.keyboard.press("ArrowLeft")
    assert cursor(page) < third
    page.keyboard.press("Space")
    page.wait_for_function("!document.querySelector('#clip [data-part=video]').paused")
    page.keyboard.press("Space")
    page.wait_for_function("document.querySelector('#clip [data-part=video]').paused")


def test_a_click_on_a_face_goes_to_its_moment(page, clips):
    analyse(page, clips / "portrait.webm")
    slot = page.locator("#clip button.a3-slot").nth(6)
    slot.scroll_into_view_if_needed()
    slot.click()
    assert cursor(page) == pytest.approx(float(slot.get_attribute("data-time")), abs=1e-6)
    assert page.locator("#clip .a3-slot[data-current]").count() == 1


def test_the_pointer_shows_values_and_the_face(page, clips):
    analyse(page, clips / "portrait.webm")
    part(page, "plot").scroll_into_view_if_needed()
    box = part(page, "plot").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 60)
    card = page.wait_for_selector("#clip [data-part=hover]:not([hidden])")
    assert re.search(r"\d\.\d\d s", card.inner_text())
    assert card.query_selector("img").get_attribute("src").startswith("data:image/jpeg")


def test_switches_change_the_curves(page, clips):
    analyse(page, clips / "portrait.webm")

    def first_curve():
        return page.locator("#clip .scatterlayer .js-line").first.get_attribute("d")

    seen = {first_curve()}
    for value in ("instant", "raw", "cosine"):
        page.click(f"#clip [data-value={value}]")
        seen.add(first_curve())
    assert len(seen) == 4
    assert "cosine" in page.locator("#clip .ytitle").text_content()
    visible = page.locator("#clip .scatterlayer .trace").count()
    page.locator("#clip .a3-legend-item").first.click()
    assert page.locator("#clip .scatterlayer .trace").count() == visible - 1


def test_zooming_keeps_clicks_exact(page, clips):
    analyse(page, clips / "portrait.webm")
    click_curve(page, 0.5)
    part(page, "zoom-in").click()
    wanted_s = time_at(page, click_curve(page, 0.6))
    assert cursor(page) == pytest.approx(wanted_s, abs=0.03)


def test_a_stretch_without_a_face_is_a_gap(page, clips):
    analyse(page, clips / "gap.webm")
    assert page.locator("#clip .a3-slot-empty").count() > 2
    assert page.locator("#clip .shapelayer path").count() == 1
    click_curve(page, 0.5)
    assert "no face" in part(page, "now").inner_text()


def test_each_face_has_its_own_curves(page, clips):
    analyse(page, clips / "two.webm")
    buttons = page.locator("#clip .a3-face")
    assert buttons.count() == 2

    def boxes():
        return page.evaluate("window.a3lign.clip.value.faces.map((face) => face.boxes[5][0])")

    left, right = sorted(boxes())
    assert right - left > 200
    curve = page.locator("#clip .scatterlayer .js-line").first.get_attribute("d")
    buttons.nth(1).click()
    assert buttons.nth(1).get_attribute("aria-pressed") == "true"
    assert page.locator("#clip .scatterlayer .js-line").first.get_attribute("d") != curve


def test_an_example_needs_one_click(page):
    page.click("#clip [data-example=drawing]")
    wait_for_result(page)
    assert part(page, "title").inner_text() == "A drawn face"


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
    page.wait_for_timeout(2500)
    part(page, "stop").click()
    wait_for_result(page)
    assert page.evaluate("window.wish.audio") is False
    assert page.evaluate("window.streams[0].getTracks().every((t) => t.readyState === 'ended')")
    assert 1.0 < page.evaluate("window.a3lign.clip.value.duration_s") < 5
    wanted_s = time_at(page, click_curve(page, 0.6))
    page.wait_for_function("!document.querySelector('#clip [data-part=video]').seeking")
    assert video_time(page) == pytest.approx(wanted_s, abs=0.05)


def test_leaving_the_recorder_turns_the_camera_off(page):
    part(page, "open-camera").click()
    part(page, "camera-on").click()
    part(page, "record").wait_for()
    picture = part(page, "camera-picture")
    track = picture.evaluate_handle("(video) => video.srcObject.getTracks()[0]")
    part(page, "camera-close").click()
    assert track.evaluate("(each) => each.readyState") == "ended"


def test_a_clip_that_the_browser_cannot_play_gets_a_copy(page, clips):
    analyse(page, clips / "old.avi")
    wanted_s = time_at(page, click_curve(page, 0.5))
    page.wait_for_function("!document.querySelector('#clip [data-part=video]').seeking")
    assert video_time(page) == pytest.approx(wanted_s, abs=0.05)


def test_cancelling_stops_within_a_second_and_lets_another_clip_in(page, clips):
    page.set_input_files("#clip [data-part=file]", clips / "long.avi")
    page.wait_for_function(
        "() => /%/.test(document.querySelector('#clip [data-part=working-left]').textContent)",
        timeout=RESULT_WITHIN_MS,
    )
    started = time.monotonic()
    part(page, "cancel").click()
    part(page, "pick").wait_for()
    assert time.monotonic() - started < 1
    analyse(page, clips / "portrait.webm")
    assert part(page, "title").inner_text() == "portrait.webm"


def test_cancelling_while_the_clip_is_sent_deletes_it(page, clips):
    """The upload is held back until the visitor has cancelled."""
    waiting = []
    page.route("**/gradio_api/upload*", lambda route: waiting.append(route))
    page.set_input_files("#clip [data-part=file]", clips / "portrait.webm")
    part(page, "cancel").wait_for()
    while not waiting:
        page.wait_for_timeout(50)
    part(page, "cancel").click()
    with page.expect_response(lambda response: "upload" in response.url) as answer:
        waiting[0].continue_()
    (path,) = answer.value.json()
    address = page.url.rstrip("/") + f"/gradio_api/file={path}"
    for _ in range(50):
        if page.request.get(address).status == 403:
            break
        page.wait_for_timeout(100)
    assert page.request.get(address).status == 403
    assert part(page, "pick").is_visible()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("notes.txt", ["notes.txt", "not a video", "mp4"]),
        ("notes.mp4", ["not a video"]),
        ("empty.mp4", ["empty"]),
        ("no-face.webm", ["No face"]),
    ],
)
def test_a_wrong_file_gets_one_sentence(page, clips, name, words):
    page.set_input_files("#clip [data-part=file]", clips / name)
    expect_problem(page, *words)
    assert part(page, "pick").is_visible()


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
    video = cv2.VideoCapture(str(save("webm")))
    assert video.read()[0]
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == pytest.approx(75, abs=2)
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
    assert not problems


def test_choosing_another_clip_deletes_the_first(page, clips):
    analyse(page, clips / "portrait.webm")
    address = page.evaluate("document.querySelector('#clip [data-part=video]').src")
    assert page.request.get(address).ok
    part(page, "another").click()
    part(page, "pick").wait_for()
    page.wait_for_timeout(1000)
    assert page.request.get(address).status == 403


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scrolling(new_page, clips, scheme):
    page = new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme, has_touch=True)

    def width():
        return page.evaluate("document.documentElement.scrollWidth")

    assert width() == 390
    analyse(page, clips / "two.webm")
    assert width() == 390
    small = page.evaluate(
        """() => [...document.querySelectorAll('#clip button')]
            .filter((b) => b.offsetParent && !b.matches('.a3-slot'))
            .filter((b) => b.offsetHeight < 28).map((b) => b.textContent)"""
    )
    assert not small


def test_the_colour_mode_can_be_switched(page, clips):
    analyse(page, clips / "portrait.webm")

    def colors():
        return page.evaluate(
            """() => [getComputedStyle(document.body).backgroundColor,
                document.querySelector('#clip .scatterlayer .js-line').style.stroke]"""
        )

    before = colors()
    page.click("#header [data-part=mode]")
    page.wait_for_timeout(200)
    assert all(new != old for new, old in zip(colors(), before, strict=True))
