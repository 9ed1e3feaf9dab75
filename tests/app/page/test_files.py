import posixpath
import re

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.page.assets import ASSETS, read_asset
from app.page.files import asset_routes, module, start_script, stylesheets

SCRIPTS = sorted(path.relative_to(ASSETS).as_posix() for path in ASSETS.rglob("*.js"))
IMPORT = re.compile(r'^import \{ ([^}]*) \} from "([^"]+)";$', re.MULTILINE)


@pytest.fixture
def client():
    return TestClient(Starlette(routes=asset_routes()))


def address_of(script):
    """The address in a piece of JavaScript, as the browser asks for it."""
    (address,) = re.findall(r'URL\("([^"]+)"', script)
    return address


def test_a_part_of_the_page_starts_with_a_module_that_is_served(client):
    address = address_of(start_script("live/wire.js"))
    assert not address.startswith(("/", "http"))  # relative to the page
    answer = client.get(f"/{address}")
    assert answer.text == read_asset("live/wire.js")
    assert "javascript" in answer.headers["content-type"]  # browsers refuse modules of other types


def test_neighbours_lie_below_the_same_fingerprint(client):
    base = posixpath.dirname(address_of(module("clip/clip.js")))
    assert client.get(posixpath.normpath(f"/{base}/../shared/shared.js")).status_code == 200


def test_nothing_else_is_served(client):
    base = address_of(module("clip/clip.js")).rsplit("/", 2)[0]
    for path in ("../docs/results.md", "%2e%2e/docs/results.md", "nothing.js"):
        assert client.get(f"/{base}/{path}").status_code == 404


def test_plotly_is_relative_to_the_page_too(client):
    base = posixpath.dirname(address_of(module("shared/plotly.js")))
    (beside,) = re.findall(r'ADDRESS = "([^"]+)"', read_asset("shared/plotly.js"))
    address = posixpath.normpath(f"/{base}/{beside}")
    assert "plotly.js v" in client.get(address).text[:200]


def test_stylesheets_start_with_the_variables():
    names = [path.relative_to(ASSETS).as_posix() for path in stylesheets()]
    assert names[0] == "shared/style.css"
    assert sorted(names) == sorted(
        path.relative_to(ASSETS).as_posix() for path in ASSETS.rglob("*.css")
    )
    # What a room shares counts less than what its parts say.
    assert names.index("clip/clip.css") < names.index("clip/choosing/choosing.css")
    assert names.index("clip/verdict/verdict.css") < names.index("live/live.css")
    of_clip = [path.parent.name for path in stylesheets("clip")]
    assert set(of_clip) == {"shared", "clip", "choosing", "player", "saving", "timeline", "verdict"}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_finds_what_it_imports_and_publishes_nothing_else(name):
    text = read_asset(name)
    imports = IMPORT.findall(text)
    assert len(re.findall(r"^import\b", text, re.MULTILINE)) == len(imports)
    for names, path in imports:
        given = read_asset(posixpath.normpath(posixpath.join(posixpath.dirname(name), path)))
        for wanted in names.split(", "):
            kinds = "async function|function|class|const"
            exported = rf"^export ({kinds}) {wanted.split(' as ')[0]}\b"
            assert re.search(exported, given, re.MULTILINE), (wanted, path)
    assert not re.search(r"\bwindow(\.\w+)+ (\?\?)?=(?!=)|Object\.assign\(window", text)
