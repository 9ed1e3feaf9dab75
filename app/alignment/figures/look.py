"""What all alignment figures share: colour scales, axes and the frame around the data."""

from typing import Any

from app.figures.style import SURFACES, Mode

# From "nothing" to "most": lightness alone carries the value, so the scale also works in grey.
SCALES: dict[Mode, list[list[Any]]] = {
    "light": [[0, "#f4f5fa"], [0.35, "#b9c1f0"], [0.7, "#5666d6"], [1, "#141d63"]],
    "dark": [[0, "#1b212a"], [0.35, "#37438f"], [0.7, "#8a99f5"], [1, "#f3f5ff"]],
}
# From "less than the average" over "the average" to "more"; both ends also differ in lightness
# from the middle, which is the page's own surface.
SIGNED_COLORS: dict[Mode, tuple[str, ...]] = {
    "light": ("#8a2a12", "#e3a58f", "#ffffff", "#8f9ce6", "#1d2a9c"),
    "dark": ("#ffb59c", "#96482f", "#161b22", "#4252b8", "#c3ccff"),
}
SIGNED_SCALES: dict[Mode, list[list[Any]]] = {
    mode: [[place / 4, color] for place, color in enumerate(colors)]
    for mode, colors in SIGNED_COLORS.items()
}
# From the start of the clip to its end: lightness gives the order, hue keeps neighbours apart.
TIME_SCALES: dict[Mode, list[list[Any]]] = {
    "light": [[0, "#8fc7ea"], [0.5, "#6a5fc9"], [1, "#47103f"]],
    "dark": [[0, "#5b4bb0"], [0.5, "#d0679d"], [1, "#ffe9a8"]],
}
FONT = "ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"


def layout(mode: Mode, *, height: int = 420) -> dict[str, Any]:
    """Return the frame of a figure: transparent, in the page's own colours."""
    surface = SURFACES[mode]
    return {
        "height": height,
        "margin": {"l": 56, "r": 16, "t": 16, "b": 44},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": surface.muted, "size": 13, "family": FONT},
        "showlegend": False,
        "hoverlabel": {
            "bgcolor": surface.surface,
            "bordercolor": surface.border,
            "font": {"color": surface.text, "size": 13, "family": FONT},
            "align": "left",
        },
    }


def axis(mode: Mode, title: str, **changes: Any) -> dict[str, Any]:
    """Return one quiet axis with a title."""
    surface = SURFACES[mode]
    return {
        "title": {"text": title, "standoff": 6},
        "showgrid": False,
        "zeroline": False,
        "exponentformat": "none",
        "linecolor": surface.border,
        "tickfont": {"size": 12},
        **changes,
    }


def color_bar(mode: Mode, title: str) -> dict[str, Any]:
    """Return a thin colour bar."""
    return {
        "title": {"text": title, "side": "right"},
        "thickness": 10,
        "outlinewidth": 0,
        "tickfont": {"color": SURFACES[mode].muted, "size": 12},
    }


def time_color(mode: Mode, share: float) -> str:
    """Return the colour of ``TIME_SCALES`` at a share of the clip, 0-1."""
    first, middle, last = (_channels(color) for _, color in TIME_SCALES[mode])
    low, high, part = (first, middle, 2 * share) if share < 0.5 else (middle, last, 2 * share - 1)
    mixed = [round(a + (b - a) * part) for a, b in zip(low, high, strict=True)]
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _channels(color: str) -> list[int]:
    return [int(color[place : place + 2], 16) for place in (1, 3, 5)]
