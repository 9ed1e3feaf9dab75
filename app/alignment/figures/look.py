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
# From the start of the clip to its end.
TIME_SCALES: dict[Mode, list[list[Any]]] = {
    "light": [[0, "#b4bac4"], [0.5, "#6b7484"], [1, "#14181f"]],
    "dark": [[0, "#4a5462"], [0.5, "#98a3b3"], [1, "#ffffff"]],
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
