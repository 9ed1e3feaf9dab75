"""What the documentation points to exists: links, headings, files, programs."""

import argparse
import importlib
import importlib.util
import re
from pathlib import Path

import pytest

from train.__main__ import COMMANDS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "assets/docs").glob("*.md"))]
PAGES = [page for page in PAGES if ".template." not in page.name]

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|<(?:img|a)\b[^>]*\b(?:src|href)=\"([^\"]+)\"")
FILE = re.compile(r"(?<![\w/.])(?:app|assets|core|tests|train)/[\w./-]*\.(?:py|md|json|css|js)\b")
PROGRAM = re.compile(r"python -m ([a-z_.]+)(?: ([a-z-]+))?")
COMMAND = re.compile(r"python -m train ([a-z-]+)((?:[^\n`]|\\\n)*)")
OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]*")


def links(text):
    """Targets of links and pictures outside code."""
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    return [first or second for first, second in LINK.findall(prose)]


def headings(text):
    """Anchors that GitHub gives the headings of a page."""
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    titles = re.findall(r"^#{1,6} (.+)$", prose, re.MULTILINE)
    seen = {}
    for title in titles:
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower().strip()
        anchor = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        seen[anchor] = seen.get(anchor, -1) + 1
        yield f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor


def broken(page):
    """Relative links of a page that lead nowhere."""
    for target in links(page.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        if not path.exists() or (anchor and anchor not in headings(path.read_text())):
            yield target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    assert list(broken(page)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_and_program_that_is_named_exists(page):
    text = page.read_text()
    assert [name for name in FILE.findall(text) if not (ROOT / name).exists()] == []
    for module, command in PROGRAM.findall(text):
        if module.split(".")[0] in {"app", "core", "train"}:
            assert importlib.util.find_spec(module), module
        if module == "train":
            assert command in {"", *COMMANDS}


@pytest.mark.parametrize("package", ["app", "core", "train"])
def test_every_file_that_a_comment_names_exists(package):
    sources = {path: path.read_text() for path in (ROOT / package).rglob("*.py")}
    named = {(path.name, name) for path, text in sources.items() for name in FILE.findall(text)}
    assert {(path, name) for path, name in named if not (ROOT / name).exists()} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_option_of_a_training_command_is_known(page):
    for command, rest in COMMAND.findall(page.read_text()):
        parser = argparse.ArgumentParser()
        importlib.import_module(f"train.commands.{command.replace('-', '_')}").add_arguments(parser)
        known = {option for action in parser._actions for option in action.option_strings}
        assert set(OPTION.findall(rest)) <= known, command


def test_a_broken_link_is_found(tmp_path):
    (tmp_path / "there.md").write_text("# One, two\n\n## `cues` and more\n## One two\n")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](there.md) [b](there.md#one-two) [c](there.md#cues-and-more) [d](#here)\n"
        '[e](there.md#one-two-1) [f](gone.md) <img src="gone.png"> `[g](code.md)`\n'
        "[h](there.md#three) [i](https://example.org/x)\n# Here\n"
    )
    assert list(broken(page)) == ["gone.md", "gone.png", "there.md#three"]
