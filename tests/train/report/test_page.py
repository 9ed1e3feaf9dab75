"""Pages show what they are given and need nothing from outside."""

import re
from itertools import pairwise
from xml.etree.ElementTree import tostring

import pytest

from train.report.charts import Axes, Series, line_chart, table
from train.report.page import paragraph, write_page


def polylines(svg):
    return [
        [tuple(map(float, pair.split(","))) for pair in line.get("points").split()]
        for line in svg.iter("polyline")
    ]


def test_lines_lie_where_the_numbers_say():
    svg = line_chart([Series("a", [(0, 0), (1, 1), (2, 4)])], Axes("epoch", "loss"))
    ((first, middle, last),) = polylines(svg)
    assert middle[0] == pytest.approx((first[0] + last[0]) / 2, abs=0.1)
    assert first[1] - middle[1] == pytest.approx((first[1] - last[1]) / 4, abs=0.1)


def test_axes_are_named_and_marks_drawn():
    svg = line_chart([Series("a", [(0, 1.0)])], Axes("epoch", "loss", (0, 2), [(0.5, "joint")]))
    texts = [element.text for element in svg.iter("text")]
    assert {"epoch", "loss", "a", "joint"} <= set(texts)


def test_missing_points_are_left_out():
    (line,) = polylines(
        line_chart([Series("a", [(0, 1.0), (1, float("nan")), (2, 2.0)])], Axes("x", "y"))
    )
    assert len(line) == 2


def test_nothing_to_draw_still_gives_axes():
    assert not polylines(line_chart([Series("a", [])], Axes("x", "y")))


def test_names_at_the_same_end_do_not_overlap():
    same = [Series(name, [(0, 1.0), (1, 1.0)]) for name in "abc"]
    svg = line_chart(same, Axes("x", "y", (0, 2)))
    levels = [float(text.get("y")) for text in svg.iter("text") if text.text in set("abc")]
    assert min(b - a for a, b in pairwise(levels)) >= 12


def test_table_with_heat():
    text = tostring(table("t", ["", "x"], [["a", "1"]], heat=[[0.5]]), encoding="unicode")
    assert "--share: 50%" in text
    assert "<caption>t</caption>" in text


def test_a_page_escapes_text_and_loads_nothing(tmp_path):
    path = tmp_path / "page.html"
    svg = line_chart([Series("<b>", [(0, 0), (1, 1)])], Axes("x & y", "z"))
    write_page(path, "Run <1> & $more", [paragraph("a < b", "pre"), svg])
    text = path.read_text()
    assert "Run &lt;1&gt; &amp; $more" in text
    assert "<b>" not in text
    assert not re.search(r"(?:src|href)=|https?://|@import", text)
