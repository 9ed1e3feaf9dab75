"""Text files are UTF-8 wherever the program runs, so every call that opens one says so."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "core").rglob("*.py"))


def leaves_encoding_open(call: ast.Call) -> bool:
    """Whether a call reads or writes text in whatever encoding the machine prefers."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name == "open" and isinstance(getattr(call.func, "value", None), ast.Name):
        if call.func.value.id[0].isupper() or call.func.value.id in {
            "av",
            "os",
        }:  # Image.open, os.open
            return False
    elif name not in {"open", "read_text", "write_text"}:
        return False
    literals = [node.value for node in ast.walk(call) if isinstance(node, ast.Constant)]
    modes = [value for value in literals if isinstance(value, str) and set(value) <= set("rwaxb+")]
    is_binary = any("b" in mode for mode in modes)
    return not is_binary and all(keyword.arg != "encoding" for keyword in call.keywords)


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
    ],
)
def test_the_check_sees_what_it_should(code, is_open):
    assert leaves_encoding_open(ast.parse(code).body[0].value) == is_open
