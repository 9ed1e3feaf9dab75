"""Photograph the page for the documents: ``python -m tests.browser.page_pictures``.

A real Chromium walks through the tabs of the real app with an example, which is also what its
camera shows. It is run again whenever the weights, the example or the page change.
"""

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.conftest import ASK_THE_PAGE, ROOT
from tests.browser.live.speed import open_chromium, serve, write_camera
from tests.browser.live.steps import open_live, start, wait_for_answers

WITHIN_MS = 180_000
DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
EXAMPLE = "present"
LIVE_ANSWERS = 90  # curves worth looking at


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.browser.page_pictures")
    parser.add_argument("--out", type=Path, default=ROOT / "assets" / "docs", metavar="DIR")
    parser.add_argument("--only", nargs="+", choices=PICTURES, default=list(PICTURES))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with app_and_browser() as (url, browser):
        for name in arguments.only:
            path = arguments.out / f"{name}.png"
            PICTURES[name](browser, url, path)
            sys.stdout.write(f"wrote {path}\n")


@contextlib.contextmanager
def app_and_browser() -> Iterator[tuple[str, Browser]]:
    """The running app and a Chromium whose camera shows the example."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        film = ROOT / "assets" / "examples" / f"{EXAMPLE}.webm"
        camera = write_camera(film, Path(folder) / "camera.mjpeg")
        port, _ = stack.enter_context(serve(ROOT, folder))
        yield f"http://127.0.0.1:{port}", stack.enter_context(open_chromium(camera))


def open_page(browser: Browser, url: str, size: dict[str, int], scheme: str) -> Page:
    """A page that is ready; nothing on it moves by itself."""
    context = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    context.add_init_script(ASK_THE_PAGE)
    page = context.new_page()
    page.set_default_timeout(WITHIN_MS)
    page.goto(url)
    page.wait_for_selector("#clip [data-part=root][data-ready]")
    return page


def open_example(page: Page, time_s: float, name: str = EXAMPLE) -> None:
    """Look at a moment of an example."""
    page.click(f"#clip [data-example={name}]")
    page.wait_for_selector("[data-phase=studio]:not([hidden])")
    page.wait_for_selector("#clip [data-part=plot] .main-svg", state="attached")
    page.evaluate("(time_s) => window.a3lign.cursor.set(time_s, 'picture')", time_s)
    page.wait_for_function(
        "(time_s) => { const video = document.querySelector('#clip [data-part=video]');"
        " return !video.seeking && Math.abs(video.currentTime - time_s) < 0.1 }",
        arg=time_s,
    )


def open_alignment(page: Page) -> None:
    page.get_by_role("tab", name="Alignment").click()
    page.wait_for_selector("#alignment [data-part=reading]:not([hidden])")
    page.wait_for_function(
        "document.querySelector('#alignment [data-part=evidence-note]').textContent"
        ".includes('Method: ')"
    )
    # The words of the sentences come last.
    page.wait_for_selector("#alignment [data-part=nearest] small")


def open_about(page: Page) -> None:
    page.get_by_role("tab", name="About").click()
    page.wait_for_selector("#about .a3-card")


def save(page: Page, path: Path, **how: object) -> None:
    page.evaluate("document.fonts.ready")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.screenshot(path=path, **how)
    page.context.close()


def part_of_page(page: Page, height: int) -> dict[str, object]:
    """The top of the whole page, so high."""
    most = page.evaluate("document.documentElement.scrollHeight")
    clip = {"x": 0, "y": 0, "width": page.viewport_size["width"], "height": min(height, most)}
    return {"full_page": True, "clip": clip}


def clip_light(browser, url, path):
    page = open_page(browser, url, DESKTOP, "light")
    open_example(page, 2.0)
    save(page, path, **part_of_page(page, 1650))


def clip_phone_dark(browser, url, path):
    page = open_page(browser, url, PHONE, "dark")
    open_example(page, 2.0)
    save(page, path)


def alignment_light(browser, url, path):
    page = open_page(browser, url, DESKTOP, "light")
    open_example(page, 2.0)
    open_alignment(page)
    save(page, path, **part_of_page(page, 1830))


def live_dark(browser, url, path):
    page = open_page(browser, url, DESKTOP, "dark")
    open_live(page)
    start(page)
    wait_for_answers(page, LIVE_ANSWERS)
    save(page, path, **part_of_page(page, 1125))


def about_light(browser, url, path):
    page = open_page(browser, url, DESKTOP, "light")
    open_about(page)
    save(page, path)


PICTURES = {
    "clip-light": clip_light,
    "clip-phone-dark": clip_phone_dark,
    "alignment-light": alignment_light,
    "live-dark": live_dark,
    "about-light": about_light,
}

if __name__ == "__main__":
    main()
