"""One screen: verdict, video and curves together, and the stretch of time that they show."""

import pytest

from tests.browser.clip.steps import analyse, cursor, part, time_at

pytestmark = pytest.mark.browser

SHOW_ALL = """() => {
  const plot = document.querySelector('#clip [data-part=plot]');
  if (!document.querySelector('#clip [data-part=zoom-out]').disabled) {
    plot.dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
  }
  document.querySelectorAll('#clip .a3-legend-item[aria-pressed=false]')
    .forEach((each) => each.click());
  window.a3lign.cursor.set(0, 'test');
  scrollTo(0, 0);
}"""


@pytest.fixture(scope="module")
def analysed(shared_page, clips):
    analyse(shared_page, clips / "portrait.webm")
    return shared_page


@pytest.fixture
def studio(analysed):
    analysed.set_viewport_size({"width": 1280, "height": 900})
    analysed.mouse.move(0, 0)
    analysed.evaluate(SHOW_ALL)
    return analysed


def plot_box(page):
    part(page, "plot").scroll_into_view_if_needed()
    return part(page, "plot").bounding_box()


def shown_s(page):
    """The stretch of time under the curves, by the tick labels that the visitor reads."""
    box = plot_box(page)
    left, right = box["x"] + 52, box["x"] + box["width"] - 14  # app.figures.timeline.MARGIN
    return time_at(page, left), time_at(page, right)


@pytest.mark.parametrize("size", [(1280, 720), (1440, 900), (1920, 1080)])
def test_verdict_video_and_curves_are_on_one_screen(studio, size):
    width, height = size
    studio.set_viewport_size({"width": width, "height": height})
    for name in ("headline", "rows", "stage", "readout", "plot"):
        box = part(studio, name).bounding_box()
        assert box["y"] >= 0, name
        assert box["y"] + box["height"] <= height, name
    assert part(studio, "stage").bounding_box()["height"] >= 160
    assert part(studio, "plot").bounding_box()["height"] >= 160


def test_the_wheel_zooms_where_the_pointer_is_and_lets_the_page_scroll_else(studio):
    studio.set_viewport_size({"width": 1280, "height": 720})
    box = plot_box(studio)
    x = box["x"] + box["width"] * 0.7
    studio.mouse.move(x, box["y"] + 60)
    before = time_at(studio, x)
    for _ in range(2):
        studio.mouse.wheel(0, -200)
    studio.wait_for_function("!document.querySelector('#clip [data-part=zoom-out]').disabled")
    start, end = shown_s(studio)
    assert end - start < 2.5
    assert time_at(studio, x) == pytest.approx(before, abs=0.05)
    # As far as it goes, then the button says so.
    for _ in range(12):
        studio.mouse.wheel(0, -400)
    studio.wait_for_function("document.querySelector('#clip [data-part=zoom-in]').disabled")
    start, end = shown_s(studio)
    assert end - start == pytest.approx(0.5, abs=0.02)
    for _ in range(12):
        studio.mouse.wheel(0, 400)
    studio.wait_for_function("document.querySelector('#clip [data-part=zoom-out]').disabled")
    studio.mouse.wheel(0, 300)
    studio.wait_for_function("scrollY > 0")


def test_a_double_click_zooms_and_shows_all_again(studio):
    box = plot_box(studio)
    x, y = box["x"] + box["width"] * 0.5, box["y"] + 60
    whole = shown_s(studio)
    studio.mouse.dblclick(x, y)
    start, end = shown_s(studio)
    assert end - start == pytest.approx((whole[1] - whole[0]) / 4, abs=0.05)
    assert part(studio, "overview").is_visible()
    studio.mouse.dblclick(x, y)
    assert shown_s(studio) == pytest.approx(whole, abs=0.05)
    assert part(studio, "overview").is_hidden()


def test_a_drag_with_shift_chooses_the_stretch(studio):
    box = plot_box(studio)
    left, right = (box["x"] + box["width"] * share for share in (0.3, 0.6))
    wanted = [time_at(studio, x) for x in (left, right)]
    studio.keyboard.down("Shift")
    studio.mouse.move(left, box["y"] + 60)
    studio.mouse.down()
    studio.mouse.move(right, box["y"] + 60, steps=3)
    assert part(studio, "brush").is_visible()
    studio.mouse.up()
    studio.keyboard.up("Shift")
    assert shown_s(studio) == pytest.approx(wanted, abs=0.06)
    assert cursor(studio) == 0
    # The window of the overview is that stretch; it can be drawn along.
    part(studio, "overview-window").scroll_into_view_if_needed()
    window = part(studio, "overview-window").bounding_box()
    middle = window["x"] + window["width"] / 2
    studio.mouse.move(middle, window["y"] + 10)
    studio.mouse.down()
    studio.mouse.move(middle + 120, window["y"] + 10, steps=3)
    studio.mouse.up()
    moved = part(studio, "overview-window").bounding_box()
    assert moved["x"] - window["x"] == pytest.approx(120, abs=3)
    assert moved["width"] == pytest.approx(window["width"], abs=2)
    start, _ = shown_s(studio)
    assert start > wanted[0] + 0.2


def test_two_fingers_zoom(studio):
    box = plot_box(studio)
    y = box["y"] + 60

    def fingers(kind, *shares):
        studio.evaluate(
            """([kind, points, y]) => points.forEach(([id, x]) => {
                const plot = document.querySelector('#clip [data-part=plot]');
                plot.dispatchEvent(new PointerEvent(kind, { pointerId: id, isPrimary: id === 11,
                    pointerType: 'touch', clientX: x, clientY: y, buttons: 1, bubbles: true }));
            })""",
            [kind, [[11 + i, box["x"] + box["width"] * s] for i, s in enumerate(shares)], y],
        )

    whole = shown_s(studio)
    fingers("pointerdown", 0.45, 0.55)
    fingers("pointermove", 0.3, 0.7)
    fingers("pointerup", 0.3, 0.7)
    start, end = shown_s(studio)
    assert end - start == pytest.approx((whole[1] - whole[0]) / 4, rel=0.15)


def test_a_curve_can_be_shown_alone(studio):
    entries = studio.locator("#clip .a3-legend-item")

    def shown():
        pressed = studio.locator("#clip .a3-legend-item[aria-pressed=true]")
        return [text.split()[0] for text in pressed.all_inner_texts()]

    everything = shown()
    for way in ({}, {"modifiers": ["Alt"]}):
        press = entries.nth(2).click if way else entries.nth(2).dblclick
        press(**way)
        assert shown() == [everything[2]]
        assert studio.locator("#clip .scatterlayer .trace").count() == 1
        press(**way)
        assert shown() == everything


@pytest.mark.parametrize("width", [320, 344, 360, 390])
def test_every_tab_is_there_on_a_phone(studio, width):
    studio.set_viewport_size({"width": width, "height": 700})
    studio.wait_for_function("(width) => document.documentElement.clientWidth === width", arg=width)
    for name in ("Clip", "Live", "Alignment", "About"):
        tab = studio.get_by_role("tab", name=name)
        tab.wait_for()
        box = tab.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
