"""Text files are UTF-8 wherever the program runs, so every call that opens one says so."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted(path for room in ("app", "core", "train") for path in (ROOT / room).rglob("*.py"))


def leaves_encoding_open(call: ast.Call) -> bool:
    """Whether a call reads or writes text in whatever encoding the machine prefers."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name not in {"open", "read_text", "write_text"}:
        return False
    if ast.unparse(call.func) == "av.open":
        return False
    # A path's own ``open`` has its mode first, that of pictures and stores has none there.
    is_method = name == "open" and isinstance(call.func, ast.Attribute)
    places = [*(call.args[:1] if is_method else call.args), *(each.value for each in call.keywords)]
    values = [place.value for place in places if isinstance(place, ast.Constant)]
    modes = [value for value in values if isinstance(value, str) and set(value) <= set("rwaxb+")]
    if any("b" in mode for mode in modes) or (is_method and not modes):
        return False
    return all(keyword.arg != "encoding" for keyword in call.keywords)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_text_file_is_opened_as_utf8(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert [call.lineno for call in calls if leaves_encoding_open(call)] == []


@pytest.mark.parametrize(
    ("code", "is_open"),
    [
        ("path.read_text()", True),
        ("path.write_text(text)", True),
        ("(folder / name).open('w')", True),
        ("open(path)", True),
        ("path.read_text(encoding='utf-8')", False),
        ("path.open('rb')", False),
        ("path.open('rb+')", False),
        ("Image.open(path)", False),
        ("shelf.open(name)", False),
        ("av.open(file, mode='w')", False),
    ],
)
def test_the_check_sees_what_it_should(code, is_open):
    assert leaves_encoding_open(ast.parse(code).body[0].value) == is_open
