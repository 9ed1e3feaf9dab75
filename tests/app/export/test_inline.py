import re

import pytest

from app.export import inline
from app.export.inline import inert, one_script
from app.page import modules


@pytest.fixture
def three_files(monkeypatch):
    files = {
        "page/top.js": 'import { low } from "../shared/low.js";\n'
        'import { Middle } from "./middle.js";\n\nexport function start() {}\n',
        "page/middle.js": 'import { low } from "../shared/low.js";\n\nexport class Middle {}\n',
        "shared/low.js": "export const low = 1;\n",
    }
    for reader in (inline, modules):
        monkeypatch.setattr(reader, "read_asset", files.__getitem__)


def test_what_is_imported_comes_first_and_once(three_files):
    assert one_script("page/top.js").split("\n") == [
        *("const low = 1;", "", "", "class Middle {}", "", "", "function start() {}", ""),
    ]


def test_the_report_declares_every_name_once():
    """Its modules share one scope; a browser would refuse a second declaration."""
    script = one_script("export/report.js")
    assert not re.search(r"^(import|export) ", script, re.MULTILINE)
    declared = re.findall(
        r"^(?:async function|function|class|const|let) (\w+)", script, re.MULTILINE
    )
    assert {"start", "cursor", "Chart"} <= set(declared)
    assert len(declared) == len(set(declared))


def test_no_text_ends_its_script():
    assert inert("</script><SCRIPT><!--") == r"\x3c/script>\x3cSCRIPT>\x3c!--"
