"""What a visitor does on the Clip tab, as steps for the tests."""

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
