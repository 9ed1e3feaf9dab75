"""app → core ← train: who may import whom, lazy imports included."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FORBIDDEN = {
    "core": {"app", "train", "gradio", "plotly"},
    "train": {"app", "gradio", "plotly"},
    "app": {"train"},
    "app/figures": {"train", "torch", "gradio"},
}


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield (node.module or "").split(".")[0]


@pytest.mark.parametrize("package", FORBIDDEN)
def test_imports_point_the_right_way(package):
    files = list((ROOT / package).rglob("*.py"))
    assert files
    wrong = {
        str(path.relative_to(ROOT)): names
        for path in files
        if (names := FORBIDDEN[package] & set(imported(path)))
    }
    assert wrong == {}


def test_a_hidden_import_is_found(tmp_path):
    path = tmp_path / "sly.py"
    path.write_text("def f():\n    from app.ui import build\n    return build\n")
    assert set(imported(path)) == {"app"}
