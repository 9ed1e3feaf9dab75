import os
import stat
import sys

import cv2
import numpy as np
import pytest

from app.export import pictures
from app.export.pictures import Figure, NoRendererError, can_draw, find_browser, write_pictures

# Draws a picture of the wanted size whose brightness tells the row.
BROWSER = """#!{python}
import sys
import cv2, numpy as np
options = dict(part.split("=", 1) for part in sys.argv[1:] if "=" in part)
width, height = map(int, options["--window-size"].split(","))
scale = int(options["--force-device-scale-factor"])
rows = np.arange(height * scale) // (10 * scale)
picture = np.broadcast_to(rows[:, None, None], (len(rows), width * scale, 3))
cv2.imwrite(options["--screenshot"], picture.astype(np.uint8))
"""


def figure(name, height):
    return Figure(name, {"data": [], "layout": {"height": height}})


@pytest.fixture(autouse=True)
def without_kaleido(monkeypatch):
    monkeypatch.setattr(pictures, "find_spec", lambda _: None)


@pytest.fixture
def browser(tmp_path, monkeypatch):
    def place(text):
        path = tmp_path / "browser"
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("CHROMIUM", str(path))

    return place


def test_each_figure_is_cut_out_at_its_own_height(browser, tmp_path):
    browser(BROWSER.format(python=sys.executable))
    paths = write_pictures([figure("one", 100), figure("two", 300)], tmp_path)
    assert [path.name for path in paths] == ["one.png", "two.png"]
    one, two = (cv2.imread(str(path)) for path in paths)
    assert one.shape == (200, 1920, 3)
    assert two.shape == (600, 1920, 3)
    assert (one[0, 0, 0], one[-1, 0, 0]) == (0, 9)
    assert (two[0, 0, 0], two[-1, 0, 0]) == (10, 39)


def test_many_figures_take_several_pictures(browser, tmp_path):
    browser(BROWSER.format(python=sys.executable))
    tall = pictures.TALLEST_PX // 10 * 6
    paths = write_pictures([figure("one", tall), figure("two", tall)], tmp_path)
    starts = [int(np.min(cv2.imread(str(path)))) for path in paths]
    assert starts == [0, 0]


def test_third_dimension_is_left_to_the_page():
    flat = {"data": [{"type": "scatter"}, {"type": "heatmap"}]}
    assert can_draw(flat)
    assert not can_draw({"data": [*flat["data"], {"type": "scatter3d"}]})


def test_without_a_renderer_a_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    assert find_browser() is None
    with pytest.raises(NoRendererError, match=r"pip install kaleido.*Chromium"):
        write_pictures([figure("one", 100)], tmp_path)


@pytest.mark.parametrize("text", ["#!/bin/sh\nexit 3\n", "#!/bin/sh\nexit 0\n"])
def test_browser_that_fails_is_named(browser, tmp_path, text):
    browser(text)
    with pytest.raises(NoRendererError, match="browser"):
        write_pictures([figure("one", 100)], tmp_path)
