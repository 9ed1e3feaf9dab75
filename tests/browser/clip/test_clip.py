"""The linked view of a clip: curves, video, faces and keys move one another."""

import pytest

from tests.browser.clip.steps import (
    analyse,
    click_curve,
    cursor,
    expect_problem,
    part,
    time_at,
    video_time,
)
from tests.browser.contrast import low_contrast

pytestmark = pytest.mark.browser

# As after the analysis, whatever the test before did.
START_OVER = """() => {
  const click = (selector) =>
    document.querySelectorAll(`#clip ${selector}`).forEach((each) => each.click());
  document.querySelector('#clip [data-part=video]').pause();
  click('[data-value=windowed], [data-value=probability], [data-value=smooth]');
  click('.a3-legend-item[aria-pressed=false]');
  for (let each = 0; each < 8; each += 1) click('[data-part=zoom-out]');
  window.a3lign.cursor.set(0, 'test');
}"""


@pytest.fixture(scope="module")
def analysed(shared_page, clips):
    analyse(shared_page, clips / "portrait.webm")
    return shared_page


@pytest.fixture
def studio(analysed):
    """The page with the portrait analysed, shared by the tests that only look at it."""
    analysed.mouse.move(0, 0)
    analysed.evaluate(START_OVER)
    return analysed


def test_an_upload_gets_a_verdict(studio):
    assert part(studio, "title").inner_text() == "portrait.webm"
    assert part(studio, "headline").inner_text()
    shares = studio.locator("#clip .a3-row-value").all_inner_texts()
    assert len(shares) == len(studio.locator("#clip .a3-legend-item").all())
    assert sum(int(share.split()[0]) for share in shares) == pytest.approx(100, abs=4)
    assert "Perceived expression" in studio.locator("#clip .a3-verdict").inner_text()
    assert "analysed frames" in part(studio, "facts").inner_text()


def test_a_click_on_the_curves_moves_the_video_there(studio):
    for share in (0.3, 0.8, 0.5):
        wanted_s = time_at(studio, click_curve(studio, share))
        assert cursor(studio) == pytest.approx(wanted_s, abs=0.05)
        studio.wait_for_function("!document.querySelector('#clip [data-part=video]').seeking")
        assert video_time(studio) == pytest.approx(wanted_s, abs=0.05)


def test_dragging_over_the_curves_scrubs(studio):
    part(studio, "plot").scroll_into_view_if_needed()
    box = part(studio, "plot").bounding_box()
    y = box["y"] + 80
    studio.mouse.move(box["x"] + box["width"] * 0.2, y)
    studio.mouse.down()
    before = cursor(studio)
    studio.mouse.move(box["x"] + box["width"] * 0.7, y, steps=5)
    assert cursor(studio) > before + 0.5
    studio.mouse.up()
    stopped = cursor(studio)
    studio.mouse.move(box["x"] + box["width"] * 0.3, y)
    assert cursor(studio) == stopped


def test_playback_moves_the_cursor(studio):
    part(studio, "play").click()
    studio.wait_for_function("window.a3lign.cursor.time_s > 0.6")
    part(studio, "play").click()
    studio.wait_for_function(
        """() => { const video = document.querySelector('#clip [data-part=video]');
            return video.paused && Math.abs(video.currentTime - window.a3lign.cursor.time_s) < 0.05
        }"""
    )
    line = part(studio, "cursor").bounding_box()
    there_s = time_at(studio, line["x"] + line["width"] / 2)
    assert there_s == pytest.approx(cursor(studio), abs=0.05)


def test_keys_play_and_step(studio):
    part(studio, "studio").focus()
    studio.keyboard.press("ArrowRight")
    studio.keyboard.press("ArrowRight")
    third = studio.evaluate("window.a3lign.clip.value.times_s[2]")
    assert cursor(studio) == pytest.approx(third, abs=1e-6)
    studio.keyboard.press("ArrowLeft")
    assert cursor(studio) < third
    studio.keyboard.press("Space")
    studio.wait_for_function("!document.querySelector('#clip [data-part=video]').paused")
    studio.keyboard.press("Space")
    studio.wait_for_function("document.querySelector('#clip [data-part=video]').paused")


def test_a_click_on_a_face_goes_to_its_moment(studio):
    slot = studio.locator("#clip button.a3-slot").nth(6)
    slot.scroll_into_view_if_needed()
    slot.click()
    assert cursor(studio) == pytest.approx(float(slot.get_attribute("data-time")), abs=1e-6)
    assert studio.locator("#clip .a3-slot[data-current]").count() == 1


def test_the_pointer_shows_values_and_the_face(studio):
    part(studio, "plot").scroll_into_view_if_needed()
    box = part(studio, "plot").bounding_box()
    studio.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 60)
    line = part(studio, "hover-line")
    line.wait_for(state="attached")
    there_s = time_at(studio, line.bounding_box()["x"])
    assert part(studio, "read-time").inner_text() == f"{there_s:.2f} s"
    assert f"{there_s:.2f} s · " in part(studio, "flag").inner_text()
    assert cursor(studio) == 0  # looking moves nothing
    face = part(studio, "read-face")
    assert face.get_attribute("src").startswith("data:image/jpeg")
    shares = studio.locator("#clip .a3-legend-value").all_inner_texts()
    assert sum(int(share.split()[0]) for share in shares) == pytest.approx(100, abs=4)
    # Nothing of the read-out lies over the curves.
    for name in ("readout", "flag"):
        words = part(studio, name).bounding_box()
        assert words["y"] + words["height"] <= box["y"] + 1
    studio.mouse.move(0, 0)
    line.wait_for(state="hidden")
    assert part(studio, "read-time").inner_text() == "0.00 s"


def test_switches_change_the_curves(studio):

    def curves():
        return studio.evaluate(
            """() => [...document.querySelectorAll('#clip .scatterlayer .js-line')]
                .map((line) => line.getAttribute('d')).join()"""
        )

    seen = {curves()}
    for value in ("instant", "raw", "cosine"):
        studio.click(f"#clip [data-value={value}]")
        seen.add(curves())
    assert len(seen) == 4
    assert "cosine" in studio.locator("#clip .ytitle").text_content()
    visible = studio.locator("#clip .scatterlayer .trace").count()
    studio.locator("#clip .a3-legend-item").first.click()
    assert studio.locator("#clip .scatterlayer .trace").count() == visible - 1


def test_zooming_keeps_clicks_exact(studio):
    click_curve(studio, 0.5)
    part(studio, "zoom-in").click()
    wanted_s = time_at(studio, click_curve(studio, 0.6))
    assert cursor(studio) == pytest.approx(wanted_s, abs=0.03)


def test_the_colour_mode_can_be_switched(studio):

    def colors():
        return studio.evaluate(
            """() => [getComputedStyle(document.body).backgroundColor,
                document.querySelector('#clip .scatterlayer .js-line').style.stroke]"""
        )

    before = colors()
    studio.click("#header [data-part=mode]")
    assert all(new != old for new, old in zip(colors(), before, strict=True))
    studio.click("#header [data-part=mode]")


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


def test_a_page_loaded_anew_says_once_where_the_clip_went(page, clips):
    analyse(page, clips / "portrait.webm")
    page.reload()
    expect_problem(page, "loaded anew", "deleted the clip")
    assert "a3-callout-error" not in part(page, "problem").get_attribute("class")
    page.reload()
    page.wait_for_selector("#clip [data-part=root][data-ready]")
    assert part(page, "problem").is_hidden()


def test_a_clip_that_the_browser_cannot_play_gets_a_copy(page, clips):
    analyse(page, clips / "old.avi")
    wanted_s = time_at(page, click_curve(page, 0.5))
    page.wait_for_function("!document.querySelector('#clip [data-part=video]').seeking")
    assert video_time(page) == pytest.approx(wanted_s, abs=0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scrolling(new_page, clips, scheme):
    page = new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme, has_touch=True)
    page.evaluate("(dark) => document.body.classList.toggle('dark', dark)", scheme == "dark")

    def width():
        return page.evaluate("document.documentElement.scrollWidth")

    assert width() == 390
    assert low_contrast(page, "#clip") == []
    assert low_contrast(page, "#header") == []
    analyse(page, clips / "two.webm")
    assert width() == 390
    assert low_contrast(page, "#clip") == []
    page.locator("#header [data-part=model]").click()
    page.get_by_role("button", name="second").wait_for()
    assert low_contrast(page, "#a3-models") == []
    page.keyboard.press("Escape")
    small = page.evaluate(
        """() => [...document.querySelectorAll('#clip button')]
            .filter((b) => b.offsetParent && !b.matches('.a3-slot'))
            .filter((b) => b.offsetHeight < 28).map((b) => b.textContent)"""
    )
    assert not small
    # Fingers have room at what is switched most, and are told what they can do.
    switches = page.locator("#clip .a3-segments button:visible, #clip .a3-legend-item:visible")
    assert min(each.bounding_box()["height"] for each in switches.all()) >= 40
    assert page.locator("#clip .a3-by-touch").first.is_visible()
    assert page.locator("#clip .a3-by-mouse").first.is_hidden()
    # The player stays in sight, and what leads is written at the finger.
    part(page, "plot").evaluate("(plot) => plot.scrollIntoView({ block: 'center' })")
    player, plot = (part(page, name).bounding_box() for name in ("player", "plot"))
    assert 0 <= player["y"] < 1
    assert player["height"] <= 844 / 3 + 40
    assert player["y"] + player["height"] < plot["y"]
    page.touchscreen.tap(plot["x"] + plot["width"] * 0.6, plot["y"] + 80)
    told = f"{cursor(page):.2f} s · "
    assert cursor(page) > 0.5
    assert part(page, "flag").inner_text().startswith(told)
