"""What a visitor without a clip of their own sees."""

import pytest

from app.examples.shelf import EXAMPLES

pytestmark = pytest.mark.browser


def test_an_example_opens_playing_and_tells_its_story(page):
    shown = page.locator("#clip [data-example]")
    assert shown.count() == len(EXAMPLES) >= 3
    page.click(f"#clip [data-example={EXAMPLES[0].name}]")
    page.wait_for_selector("[data-phase=studio]:not([hidden])", timeout=60_000)
    page.wait_for_function(
        "() => { const video = document.querySelector('#clip [data-part=video]');"
        " return !video.paused && window.a3lign.cursor.time_s > 0.3 }"
    )
    face = page.evaluate("window.a3lign.clip.value.faces.length")
    assert face == 1
    # Back and again: nobody waits for an analysis that has been made.
    page.click("#clip [data-part=another]")
    page.wait_for_selector(f"#clip [data-example={EXAMPLES[0].name}]")
    seen = page.evaluate(
        """name => new Promise(resolve => {
            const phases = new Set();
            const look = () => {
                for (const one of document.querySelectorAll('#clip [data-phase]:not([hidden])'))
                    phases.add(one.dataset.phase);
                const words = document.querySelector('#clip').innerText;
                if (/[0-9]+ s left/.test(words)) phases.add('estimate');
                if (phases.has('studio')) resolve([...phases]); else requestAnimationFrame(look) };
            document.querySelector(`#clip [data-example=${name}]`).click();
            setTimeout(look, 50) })""",
        EXAMPLES[0].name,
    )
    assert "estimate" not in seen


def test_whoever_wants_no_motion_gets_none(new_page):
    page = new_page(reduced_motion="reduce")
    page.click(f"#clip [data-example={EXAMPLES[0].name}]")
    page.wait_for_selector("[data-phase=studio]:not([hidden])", timeout=60_000)
    video = "document.querySelector('#clip [data-part=video]')"
    page.wait_for_function(f"() => {video}.readyState === 4")  # from here on it could play
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate(f"{video}.paused && {video}.currentTime === 0")
