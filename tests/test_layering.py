"""The architecture: app → core ← train, the rooms of each, and how much a folder shows."""

import ast
import re
from itertools import combinations
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Who may never import whom, lazy imports included.
FORBIDDEN = {
    "core": {"app", "train", "gradio", "plotly"},
    "train": {"app", "gradio", "plotly"},
    "app": {"train"},
    "app/figures": {"train", "torch", "gradio"},
    "app/alignment/figures": {"train", "torch", "gradio"},
    "app/about/confusion.py": {"train", "torch", "gradio"},
}

# Every room and the rooms that it imports, from the ground up: none imports a later one.
ROOMS = {
    "train": {
        "runtime": "",
        "watching": "runtime",
        "data": "",
        "features": "data runtime",
        "crops": "features data",
        "report": "runtime",
        "cues": "features data runtime",
        "scoring": "features data runtime",
        "paradigm": "scoring report features data watching runtime",
        "faceclip": "scoring data runtime",
        "motion": "faceclip runtime",
        "framing": "motion faceclip data",
        "ablation": "paradigm scoring watching runtime",
        "tables": "ablation paradigm scoring report data runtime",
        "benchmark": "paradigm features data runtime",
        "commands": "tables ablation benchmark framing motion faceclip paradigm scoring cues "
        "report crops features data watching runtime",
    },
    "app": {
        "door": "",
        "figures": "",
        "page": "figures",
        "visit": "page",
        "models": "visit figures",
        "export": "page figures",
        "examples": "export",
        "clip": "door examples export models visit page figures",
        "live": "clip export models visit page",
        "alignment": "clip examples export models visit page figures",
        "about": "models visit page",
    },
}

# A page knows of another one only what that one offers: the open clip.
PAGES = ("clip", "live", "alignment", "about")
OFFERED = {"app.clip.open_clip"}

MOST_FILES = 14  # what fits one glance; __init__.py and presets aside
ENDING = re.compile(r"(e|s|es|ed|ers?|ors?|[a-z]?ing|ment|(a?t)?ions?)?")


def imported(path):
    """Dotted names of everything that a file imports; ``from a import b`` counts as ``a.b``."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def packages(path):
    return {name.split(".")[0] for name in imported(path)}


def rooms(paths, house):
    """Which rooms of a house some files import."""
    names = (name.split(".") for path in paths for name in imported(path))
    return {name[1] for name in names if name[0] == house and len(name) > 1}


def names_in(folder):
    """What a folder shows: its files and its subfolders."""
    visible = [path for path in folder.iterdir() if not path.name.startswith((".", "__"))]
    return [path for path in visible if path.is_file()], [p for p in visible if p.is_dir()]


def alike(first, second):
    """Whether two names share a stem and differ by an ending, like fit and fitting."""
    shared = next(
        (i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b),
        min(len(first), len(second)),
    )
    rest = (first[shared:], second[shared:])
    return first != second and shared >= 3 and all(map(ENDING.fullmatch, rest))


@pytest.mark.parametrize("package", FORBIDDEN)
def test_imports_point_the_right_way(package):
    place = ROOT / package
    files = list(place.rglob("*.py")) if place.is_dir() else [place]
    assert files
    wrong = {
        str(path.relative_to(ROOT)): names
        for path in files
        if (names := FORBIDDEN[package] & packages(path))
    }
    assert wrong == {}


@pytest.mark.parametrize("house", ROOMS)
def test_the_table_is_the_architecture(house):
    folders = {path.parent for path in (ROOT / house).glob("*/*.py")}
    drawn = {name: set(allowed.split()) for name, allowed in ROOMS[house].items()}
    built = {f.name: rooms(f.rglob("*.py"), house) - {f.name} for f in folders}
    assert built == drawn


@pytest.mark.parametrize("house", ROOMS)
def test_no_room_imports_a_later_one(house):
    below = set()
    for name, allowed in ROOMS[house].items():
        assert set(allowed.split()) <= below, name
        below.add(name)


@pytest.mark.parametrize("page", PAGES)
def test_pages_meet_at_the_open_clip_alone(page):
    others = tuple(f"app.{other}." for other in PAGES if other != page)
    found = {
        name.rpartition(".")[0]
        for path in (ROOT / "app" / page).rglob("*.py")
        for name in imported(path)
        if name.startswith(others)
    }
    assert found <= OFFERED


@pytest.mark.parametrize("house", [*ROOMS, "assets/app"])
def test_a_folder_can_be_taken_in_at_a_glance(house):
    folders = [path for path in [ROOT / house, *(ROOT / house).rglob("*/")] if path.is_dir()]
    for folder in folders:
        if folder.name in {"presets", "__pycache__"}:
            continue
        files, inside = names_in(folder)
        assert len(files) <= MOST_FILES, folder
        stems = sorted({path.stem for path in files + inside})
        assert [pair for pair in combinations(stems, 2) if alike(*pair)] == [], folder


def test_a_hidden_import_is_found(tmp_path):
    path = tmp_path / "sly.py"
    path.write_text(
        "def f():\n    from app.ui import build\n    from train import motion\n    return build\n"
    )
    assert packages(path) == {"app", "train"}
    assert rooms([path], "train") == {"motion"}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("fit", "fitting", True),
        ("evaluate", "evaluation", True),
        ("examine", "examination", True),
        ("captioner", "captions", True),
        ("canvas", "canvases", True),
        ("page", "page", False),  # page.py beside page.html
        ("state", "stages", False),
        ("map", "mapped_colors", False),
    ],
)
def test_endings_alone_tell_nobody_apart(first, second, expected):
    assert alike(first, second) is alike(second, first) is expected
