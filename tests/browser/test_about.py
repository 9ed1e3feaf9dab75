"""What the About tab tells, and that it can be read everywhere."""

import pytest

from tests.browser.contrast import low_contrast

pytestmark = pytest.mark.browser


def open_about(page):
    page.get_by_role("tab", name="About").click()
    page.wait_for_selector("#about [data-part=erase]")


def about(page):
    return " ".join(page.locator("#about").inner_text().split())


def test_it_tells_what_is_loaded_and_what_it_is_not_for(page):
    open_about(page)
    text = about(page)
    for promise in (
        "happiness, sadness, neutral",
        "Face detector",
        "Detector's licence",
        "How often it is right",
        "perceived expression",
        "Art. 5(1)(f)",
        "Work and education",
        "Hiring",
        "Policing",
        "Health",
        "Art. 50(3)",
    ):
        assert promise in text, promise
    assert page.locator("#about-card").inner_text().strip()
    assert "FineCLIPER" in page.locator("#about-results table").first.inner_text()


def test_figures_add_up(page):
    """Where the checkpoint carries a confusion matrix, each row of it is a whole."""
    open_about(page)
    for row in page.locator(".a3-about-confusion tbody tr").all():
        shares = [text.rstrip("%") for text in row.locator("td").all_inner_texts()]
        assert shares == ["–"] * len(shares) or sum(map(int, shares)) == pytest.approx(100, abs=4)


def test_the_notice_can_be_copied(new_page):
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    open_about(page)
    page.get_by_role("button", name="Copy the notice").click()
    page.get_by_role("button", name="Copied").wait_for()
    notice = page.evaluate("navigator.clipboard.readText()")
    assert notice.startswith("A computer program is analysing")
    assert "  " not in notice


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_can_be_read_everywhere(new_page, scheme, width):
    page = new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page.evaluate("(dark) => document.body.classList.toggle('dark', dark)", scheme == "dark")
    open_about(page)
    assert low_contrast(page, "#about") == []
    inside = """() => [...document.querySelectorAll('#about section')].every(
        (section) => section.scrollWidth <= section.clientWidth)"""
    assert page.evaluate(inside)
    # What the figures mean stands below them, not in a column as narrow as a word.
    note = page.locator(".a3-about-scores p").bounding_box()
    table = page.locator(".a3-about-scores table").bounding_box()
    assert note["width"] > 200
    assert note["y"] >= table["y"] + table["height"]
    page.get_by_role("tab", name="Live").click()
    page.wait_for_selector("#live [data-part=agree]")
    assert low_contrast(page, "#live") == []
    page.locator("#live [data-part=agree]").check()
    page.locator("#live [data-part=start]").click()
    page.wait_for_selector("#live [data-part=root][data-state=running]")
    # With the first answer every row has its figure.
    page.wait_for_function(
        """() => { const shares = [...document.querySelectorAll('#live .a3-live-share')];
            return shares.length > 0 && shares.every((share) => /%/.test(share.textContent)) }"""
    )
    assert low_contrast(page, "#live .a3-live-verdict") == []
    assert low_contrast(page, "#live .a3-live-settings") == []


def test_everything_can_be_reached_by_keyboard(page):
    open_about(page)
    page.locator("#about [data-part=copy]").focus()
    for _ in range(3):  # past the paper and its citation
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.part") == "erase"
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
