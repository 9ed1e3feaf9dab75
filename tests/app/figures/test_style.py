import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from app.figures.style import CLASS_STYLES, SURFACES, class_styles, style_data
from core.labels import ELEVEN, SEVEN

STYLESHEET = Path(__file__).resolve().parents[3] / "assets" / "app" / "shared" / "style.css"

# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
         [0.004733, 0.691367, 0.303900]]
    ),
}  # fmt: skip


def linear(color):
    values = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """WCAG 2.2 contrast ratio."""
    light, dark = sorted((linear(c) @ [0.2126, 0.7152, 0.0722] for c in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def oklab(rgb):
    """Ottosson 2020."""
    lms = np.cbrt(
        np.clip(rgb, 0, 1)
        @ np.array(
            [[0.4122214708, 0.2119034982, 0.0883024619], [0.5363325363, 0.6806995451, 0.2817188376],
             [0.0514459929, 0.1073969566, 0.6299787005]]
        )
    )  # fmt: skip
    return lms @ np.array(
        [[0.2104542553, 1.9779984951, 0.0259040371], [0.7936177850, -2.4285922050, 0.7827717662],
         [-0.0040720468, 0.4505937099, -0.8086757660]]
    )  # fmt: skip


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("label", ELEVEN)
def test_every_curve_stands_out_from_its_surface(label, mode):
    assert contrast(CLASS_STYLES[label].color(mode), SURFACES[mode].surface) >= 3


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("vision", VISION)
def test_the_seven_classes_stay_apart_for_every_eye(vision, mode):
    seen = {
        label: oklab(VISION[vision] @ linear(CLASS_STYLES[label].color(mode))) for label in SEVEN
    }
    distances = {
        (one, other): 100 * np.linalg.norm(seen[one] - seen[other])
        for one, other in combinations(SEVEN, 2)
    }
    assert min(distances.values()) > 8, min(distances, key=distances.get)


def test_the_classes_differ_without_colour():
    assert len({style.dash for style in CLASS_STYLES.values()}) == len(ELEVEN)
    assert len({style.symbol for style in CLASS_STYLES.values()}) == len(ELEVEN)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_is_readable_on_every_surface(mode):
    colors = SURFACES[mode]
    for surface in (colors.page, colors.surface):
        for text in (colors.text, colors.muted, colors.accent):
            assert contrast(text, surface) >= 4.5


@pytest.mark.parametrize(("mode", "selector"), [("light", ":root"), ("dark", ".dark")])
def test_the_stylesheet_has_the_same_surfaces(mode, selector):
    block = re.search(rf"^{re.escape(selector)} {{(.*?)^}}", STYLESHEET.read_text(), re.M | re.S)
    variables = dict(re.findall(r"--a3-([\w-]+): (#[0-9a-f]{6});", block.group(1)))
    for name in ("page", "surface", "text", "muted", "border", "accent"):
        assert variables[name] == getattr(SURFACES[mode], name)


@pytest.mark.parametrize(
    ("text", "surface"),
    [
        ("muted", "sunken"), ("text", "sunken"), ("accent", "accent-soft"),
        ("danger", "danger-soft"), ("warning", "warning-soft"), ("button-text", "button"),
        ("button-text", "button-hover"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("selector", [":root", ".dark"])
def test_text_is_readable_on_its_coloured_ground(selector, text, surface):
    block = re.search(rf"^{re.escape(selector)} {{(.*?)^}}", STYLESHEET.read_text(), re.M | re.S)
    variables = dict(re.findall(r"--a3-([\w-]+): (#[0-9a-f]{6});", block.group(1)))
    assert contrast(variables[text], variables[surface]) >= 4.5


def test_unknown_classes_get_looks_of_their_own():
    styles = class_styles(["happiness", "boredom", "awe"])
    assert styles["happiness"] == CLASS_STYLES["happiness"]
    assert len(set(styles.values())) == 3


def test_more_classes_than_looks_still_get_one():
    assert len(class_styles([*ELEVEN, "boredom", "awe"])) == 13


def test_javascript_receives_the_same_looks():
    data = style_data(SEVEN)
    assert list(data["classes"]) == list(SEVEN)
    assert data["classes"]["anger"]["dark"] == CLASS_STYLES["anger"].dark
    assert data["surfaces"]["dark"]["page"] == SURFACES["dark"].page
