"""axe-core finds nothing serious or moderate, on every tab, light and dark, on a phone too."""

import sys
from pathlib import Path

import pytest

from tests.browser.clip.steps import analyse
from tests.browser.conftest import ASK_THE_PAGE

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async (rules) => (await axe.run(document, { runOnly: rules, resultTypes: ['violations'] }))
  .violations.filter(({ impact }) => impact !== 'minor')
  .map(({ impact, id, nodes }) => [impact, id, nodes.slice(0, 3).map((node) => node.html)])"""


@pytest.fixture(scope="module")
def axe():
    found = sorted(Path(sys.prefix).glob("axe-*.js"))
    if not found:
        pytest.fail("axe-core is missing in this environment; `.ci/environment test` fetches it")
    return found[-1].read_text()


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_every_tab_can_be_used_by_everybody(chromium, app_url, clips, axe, size):
    width, height = size
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        bypass_csp=True,  # the page's own policy lets no other script in
        reduced_motion="reduce",  # colours are not looked at while they change
    )
    context.add_init_script(ASK_THE_PAGE)
    found = {}
    try:
        page = context.new_page()
        page.goto(app_url)
        page.wait_for_selector("#clip [data-part=root][data-ready]")
        page.add_script_tag(content=axe)

        def look(name):
            for dark in (False, True):
                page.evaluate("(dark) => document.body.classList.toggle('dark', dark)", dark)
                if problems := page.evaluate(RUN, RULES):
                    found[name, "dark" if dark else "light"] = problems

        look("choice")
        page.locator("#header [data-part=model]").click()
        page.get_by_role("button", name="second").wait_for()
        look("models")
        page.keyboard.press("Escape")
        analyse(page, clips / "two.webm")
        look("result")
        for tab, sign in (
            ("Live", "#live [data-part=agree]"),
            ("About", "#about [data-part=erase]"),
            ("Alignment", "#alignment [data-part=map-plot] .main-svg"),
        ):
            page.get_by_role("tab", name=tab).click()
            page.wait_for_selector(sign)
            look(tab)
    finally:
        context.close()
    assert not found
