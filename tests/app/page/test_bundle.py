import json
import re
import shutil
import subprocess

import pytest

from app.page.bundle import BUNDLE, FIRST, bundle, bundle_routes, bundled, key
from app.page.files import start_script
from app.page.modules import needed_modules

MODULES = {
    "a/one.js": 'import { count, two as other } from "../b/two.js";\n'
    "const hidden = 1;\nexport function start() {\n  return [hidden, count, other(), beside];\n}\n"
    "export const beside = String(import.meta.url).slice(-8);\n",
    "b/two.js": "const hidden = 2;\nexport const count = 3;\nexport function two() {\n"
    "  return hidden;\n}\n",
}


@pytest.fixture
def modules(monkeypatch):
    for place in ("app.page.bundle", "app.page.modules"):
        monkeypatch.setattr(f"{place}.read_asset", MODULES.__getitem__)


def test_modules_keep_their_scopes_in_one_file(modules, tmp_path):
    text = bundle(["a/one.js"])
    assert text.index("const b_two") < text.index("const a_one")
    assert not re.search(r"^(import|export (?!\{))", text, re.MULTILINE)
    if shutil.which("node") is None:
        pytest.skip("no Node.js found to run the bundle; install it")
    (tmp_path / "first.mjs").write_text(text)
    asked = 'import { a_one } from "./first.mjs"; console.log(JSON.stringify(a_one.start()));'
    (tmp_path / "ask.mjs").write_text(asked)
    done = subprocess.run(["node", tmp_path / "ask.mjs"], capture_output=True, check=True)
    assert json.loads(done.stdout) == [1, 3, 2, "a/one.js"]


def test_a_module_of_the_bundle_is_the_same_under_its_own_address():
    addresses = [route.path for route in bundle_routes("/page/x")]
    assert addresses == [f"/page/x/{name}" for name in (BUNDLE, *bundled())]
    assert bundled() == set(needed_modules(FIRST))


def test_a_part_of_the_page_starts_from_the_bundle_where_it_is_in_it():
    assert f"{BUNDLE}" in start_script("clip/wire.js")
    assert key("clip/wire.js") == "clip_wire"
    assert "({ clip_wire }) => clip_wire" in start_script("clip/wire.js")
    assert BUNDLE not in start_script("live/wire.js")
