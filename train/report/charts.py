"""Line charts and tables as elements of a page."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

WIDTH, HEIGHT = 700, 300
LEFT, RIGHT, TOP, BOTTOM = 60, 110, 15, 45
TICKS = 5
LINE_PX = 14
COLOURS = 5


@dataclass(frozen=True)
class Series:
    """One line of a chart.

    Attributes:
        name: Written at its end.
        points: x and y; points that are no number are left out.
    """

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Axes:
    """What the two axes show.

    Attributes:
        x: Title of the horizontal axis, with its unit.
        y: Title of the vertical axis, with its unit.
        limits: Lowest and highest y; None fits the data.
        marks: x of vertical lines, and what they say.
    """

    x: str
    y: str
    limits: tuple[float, float] | None = None
    marks: Sequence[tuple[float, str]] = ()


class _Scale:
    """From data to picture."""

    def __init__(self, series: Sequence[Series], axes: Axes) -> None:
        points = [p for one in series for p in one.points if math.isfinite(p[1])] or [(0.0, 0.0)]
        xs = [x for x, _ in points] + [x for x, _ in axes.marks]
        ys = [y for _, y in points]
        start = min(0.0, *xs)
        self.x = (start, max(*xs, start + 1e-9))
        low, high = axes.limits or (min(ys), max(ys))
        self.y = (low, max(high, low + 1e-9))

    def place(self, x: float, y: float) -> tuple[float, float]:
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (y - self.y[0]) / (self.y[1] - self.y[0])
        return (
            LEFT + across * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM),
        )


def line_chart(series: Sequence[Series], axes: Axes) -> Element:
    """Draw lines with names at their ends.

    Returns:
        An ``svg`` element; colours come from the page's style.
    """
    svg = Element("svg", viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img")
    SubElement(svg, "title").text = f"{axes.y} against {axes.x}"
    scale = _Scale(series, axes)
    _draw_axes(svg, scale, axes)
    ends = []
    for index, one in enumerate(series):
        places = [scale.place(x, y) for x, y in one.points if math.isfinite(y)]
        if not places:
            continue
        style = f"s{index % COLOURS}"
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        SubElement(svg, "polyline", {"points": line, "class": style})
        ends.append((places[-1], one.name, style))
    _write_names(svg, ends)
    return svg


def _write_names(svg: Element, ends: list[tuple[tuple[float, float], str, str]]) -> None:
    """Name the lines at their ends, from top to bottom and never on top of each other."""
    free = -math.inf
    for (x, y), name, style in sorted(ends, key=lambda end: end[0][1]):
        level = max(y + 4, free)
        _text(svg, x + 6, level, name, {"class": style})
        free = level + LINE_PX


def _draw_axes(svg: Element, scale: _Scale, axes: Axes) -> None:
    for step in range(TICKS + 1):
        x = scale.x[0] + (scale.x[1] - scale.x[0]) * step / TICKS
        y = scale.y[0] + (scale.y[1] - scale.y[0]) * step / TICKS
        (left, level), (across, _) = scale.place(scale.x[0], y), scale.place(x, scale.y[0])
        right, _ = scale.place(scale.x[1], y)
        _line(svg, (left, level), (right, level), "grid")
        _text(svg, LEFT - 6, level + 4, f"{y:.3g}", {"text-anchor": "end"})
        _text(svg, across, HEIGHT - BOTTOM + 18, f"{x:.3g}", {"text-anchor": "middle"})
    for x, name in axes.marks:
        across, _ = scale.place(x, scale.y[0])
        _line(svg, (across, TOP), (across, HEIGHT - BOTTOM), "mark")
        _text(svg, across + 4, TOP + 10, name, {})
    middle = (LEFT + WIDTH - RIGHT) / 2
    _text(svg, middle, HEIGHT - 8, axes.x, {"text-anchor": "middle"})
    turn = f"rotate(-90 14 {HEIGHT / 2})"
    _text(svg, 14, HEIGHT / 2, axes.y, {"text-anchor": "middle", "transform": turn})


def _line(svg: Element, start: tuple[float, float], end: tuple[float, float], style: str) -> None:
    names = ("x1", "y1", "x2", "y2")
    places = dict(zip(names, (f"{value:.1f}" for value in (*start, *end)), strict=True))
    SubElement(svg, "line", places | {"class": style})


def _text(svg: Element, x: float, y: float, text: str, attributes: dict[str, str]) -> None:
    element = SubElement(svg, "text", {"x": f"{x:.1f}", "y": f"{y:.1f}"} | attributes)
    element.text = text


def table(
    caption: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    heat: Sequence[Sequence[float]] | None = None,
) -> Element:
    """A table with names in the first column.

    Args:
        caption: What it shows.
        header: Titles of the columns.
        rows: Texts of the cells.
        heat: Shares (0-1) that colour the cells after the first column.
    """
    element = Element("table")
    SubElement(element, "caption").text = caption
    head = SubElement(SubElement(element, "thead"), "tr")
    for title in header:
        SubElement(head, "th", scope="col").text = title
    body = SubElement(element, "tbody")
    for number, row in enumerate(rows):
        line = SubElement(body, "tr")
        SubElement(line, "th", scope="row").text = row[0]
        for column, text in enumerate(row[1:]):
            cell = SubElement(line, "td")
            cell.text = text
            if heat is not None:
                cell.set("class", "heat")
                cell.set("style", f"--share: {round(100 * heat[number][column])}%")
    return element
