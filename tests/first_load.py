"""How long until a first visitor can use the page? ``python -m tests.first_load URL [URL …]``.

Opens each address in turn in a Chromium with an empty cache on a line of 10 Mbit/s and 40 ms, and
prints medians: bytes that came, first paint, when the choice of a file is on the screen, and when a
click on it opens the browser's dialog. Naming the addresses of two versions compares them in one
run.
"""

import argparse
import statistics
import time

from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.browser.conftest import CHROMIUM

BITS_PER_S = 10e6
LATENCY_MS = 40
PICK = "#clip [data-part=pick]"
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
# Until the last file has come that a visitor did not wait for.
REST_MS = 3000
TRY_EVERY_MS = 150


def visit(browser: Browser, url: str) -> dict[str, float]:
    """Open the page once; bytes and seconds since the address was opened."""
    context = browser.new_context()
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": LATENCY_MS,
            "downloadThroughput": BITS_PER_S / 8,
            "uploadThroughput": BITS_PER_S / 8,
        },
    )
    received = []
    line.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    started = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_selector(PICK)
    shown = time.perf_counter() - started
    while True:
        try:
            with page.expect_file_chooser(timeout=TRY_EVERY_MS):
                page.click(PICK)
            break
        except PlaywrightError:
            continue
    usable = time.perf_counter() - started
    page.wait_for_timeout(REST_MS)
    painted = page.evaluate(PAINT) / 1000
    context.close()
    return {
        "MB received": sum(received) / 1e6,
        "requests": len(received),
        "first paint [s]": painted,
        "button shown [s]": shown,
        "button works [s]": usable,
    }


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("urls", nargs="+", metavar="URL", help="addresses of running apps")
    parser.add_argument("--rounds", type=int, default=5, help="visits per address (default: 5)")
    given = parser.parse_args()
    visits: dict[str, list[dict[str, float]]] = {url: [] for url in given.urls}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        for _ in range(given.rounds):
            for url, seen in visits.items():
                seen.append(visit(browser, url))
        browser.close()
    for url, seen in visits.items():
        figures = {name: statistics.median(each[name] for each in seen) for name in seen[0]}
        print(url, ", ".join(f"{name} {value:.2f}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
