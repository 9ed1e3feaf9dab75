"""Film the page for the README: ``python -m tests.browser.moving_picture``.

A real Chromium opens an example in the real app and walks through it; the pictures become an
animated webp. It is run again whenever the weights, the example or the page change.
"""

import argparse
import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browser.conftest import ROOT
from tests.browser.page_pictures import EXAMPLE, app_and_browser, open_example, open_page


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.browser.moving_picture")
    parser.add_argument("--example", default=EXAMPLE)
    parser.add_argument("--out", type=Path, default=ROOT / "assets" / "docs" / "clip.webp")
    parser.add_argument("--fps", type=int, default=8, help="pictures per second")
    parser.add_argument("--width", type=int, default=960, help="of the webp [px]")
    parser.add_argument("--height", type=int, default=1160, help="of the page's window [px]")
    arguments = parser.parse_args()
    with app_and_browser() as (url, browser):
        pictures = film(browser, url, arguments)
    first, *others = pictures
    first.save(
        arguments.out, save_all=True, append_images=others, duration=round(1000 / arguments.fps),
        loop=0, quality=72, method=4, minimize_size=True,
    )  # fmt: skip
    size_mb = arguments.out.stat().st_size / 1e6
    sys.stdout.write(f"wrote {arguments.out}, {size_mb:.2f} MB\n")


def film(browser: Browser, url: str, arguments: argparse.Namespace) -> list[Image.Image]:
    """Walk through an example; one picture per step."""
    # An example plays by itself, except where people want no motion: here every step is ours.
    page = open_page(browser, url, {"width": 1280, "height": arguments.height}, "light")
    open_example(page, 0.0, arguments.example)
    page.evaluate("document.querySelector('#clip [data-part=studio]').scrollIntoView()")
    duration_s = page.evaluate("window.a3lign.clip.value.duration_s")
    steps = range(round(duration_s * arguments.fps))
    return [picture(page, step / arguments.fps, arguments.width) for step in steps]


def picture(page: Page, time_s: float, width: int):
    page.evaluate(
        """time_s => { window.a3lign.cursor.set(time_s, 'film');
        const video = document.querySelector('#clip [data-part=video]');
        return new Promise(done => {
            const wait = () => video.seeking ? setTimeout(wait, 20) : requestAnimationFrame(done);
            setTimeout(wait, 60) }) }""",
        time_s,
    )
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    return image.resize((width, round(image.height * width / image.width)), Image.LANCZOS)


if __name__ == "__main__":
    main()
