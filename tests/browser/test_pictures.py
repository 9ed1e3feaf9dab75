"""Figures as PNG files, drawn by a real Chromium."""

import cv2
import numpy as np
import pytest

from app.export import pictures
from app.export.pictures import Figure, write_pictures
from tests.browser.conftest import CHROMIUM

pytestmark = pytest.mark.browser


def bar(name, color, height):
    """One bar over the whole figure."""
    bare = {"visible": False, "range": [-0.5, 0.5]}
    layout = {
        "height": height,
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "xaxis": bare,
        "yaxis": {"visible": False, "range": [0, 1]},
        "bargap": 0,
    }
    data = [{"type": "bar", "x": [0], "y": [1], "marker": {"color": color}}]
    return Figure(name, {"data": data, "layout": layout})


def test_figures_keep_their_order_and_height(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "find_spec", lambda _: None)
    monkeypatch.setenv("CHROMIUM", CHROMIUM)
    figures = [bar("first", "#ff0000", 200), bar("second", "#0000ff", 340)]
    first, second = (cv2.imread(str(path)) for path in write_pictures(figures, tmp_path))
    assert first.shape[:2] == (400, 1920)
    assert second.shape[:2] == (680, 1920)
    np.testing.assert_array_equal(first[200, 960], [0, 0, 255])
    np.testing.assert_array_equal(second[340, 960], [255, 0, 0])
