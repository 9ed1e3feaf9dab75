"""How each expression class and each surface looks, in every figure and on every page.

Colours never carry the meaning alone: each class also has its own dash pattern and marker.
The first seven stay apart under simulated protanopia, deuteranopia and tritanopia, and each is at
least 3:1 against the surface it is drawn on (WCAG 1.4.11); the tests measure both.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from core.labels import ELEVEN

Mode = Literal["light", "dark"]


@dataclass(frozen=True)
class ClassStyle:
    """Look of one class.

    Attributes:
        light: Colour on light surfaces.
        dark: Colour on dark surfaces.
        dash: Dash pattern, in plotly's and SVG's notation [px].
        symbol: Plotly marker symbol.
    """

    light: str
    dark: str
    dash: str
    symbol: str

    def color(self, mode: Mode) -> str:
        """The colour for one mode."""
        return self.light if mode == "light" else self.dark


@dataclass(frozen=True)
class Surface:
    """Colours of everything that is not data; the same values as in ``shared/style.css``."""

    page: str
    surface: str
    text: str
    muted: str
    border: str
    accent: str


SURFACES: dict[Mode, Surface] = {
    "light": Surface("#f5f6f8", "#ffffff", "#14181f", "#586170", "#d9dde4", "#3346c8"),
    "dark": Surface("#0d1014", "#161b22", "#e9edf3", "#9ba6b5", "#2b333e", "#9dabff"),
}

_STYLES = (
    ClassStyle("#c27f0e", "#eba610", "solid", "circle"),
    ClassStyle("#4983f5", "#65abfd", "9px,4px", "square"),
    ClassStyle("#37393b", "#b8babd", "2px,3px", "diamond"),
    ClassStyle("#d32244", "#fe2029", "12px,3px,2px,3px", "triangle-up"),
    ClassStyle("#99057f", "#d365aa", "5px,3px", "star"),
    ClassStyle("#267105", "#9cf493", "18px,4px", "cross"),
    ClassStyle("#702fc3", "#9167fd", "7px,3px,2px,3px,2px,3px", "triangle-down"),
    ClassStyle("#7a4228", "#c89372", "14px,3px,5px,3px", "x"),
    ClassStyle("#25918c", "#81dded", "1px,4px", "pentagon"),
    ClassStyle("#3d7a98", "#3098b7", "10px,8px", "hexagram"),
    ClassStyle("#89914f", "#d5d05c", "3px,8px", "bowtie"),
)
CLASS_STYLES = dict(zip(ELEVEN, _STYLES, strict=True))


def class_styles(labels: Sequence[str]) -> dict[str, ClassStyle]:
    """Give every label a look, its own where it is one of the eleven known classes.

    Labels of a foreign checkpoint take the looks that are left over, in order; past eleven, looks
    repeat.
    """
    free = [style for label, style in CLASS_STYLES.items() if label not in labels]
    free = free or list(_STYLES)
    unknown = [label for label in labels if label not in CLASS_STYLES]
    spare = {label: free[place % len(free)] for place, label in enumerate(unknown)}
    return {label: CLASS_STYLES.get(label) or spare[label] for label in labels}


def style_data(labels: Sequence[str]) -> dict[str, Any]:
    """Return the looks as JSON-like data: what JavaScript receives.

    Returns:
        ``classes`` maps each label, in model order, to its ``light``, ``dark``, ``dash`` and
        ``symbol``; ``surfaces`` maps ``light`` and ``dark`` to the page's own colours.
    """
    return {
        "classes": {label: asdict(style) for label, style in class_styles(labels).items()},
        "surfaces": {mode: asdict(surface) for mode, surface in SURFACES.items()},
    }
