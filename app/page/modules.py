"""Which scripts does a script need?"""

import posixpath
import re
from collections.abc import Sequence

from app.page.assets import read_asset

IMPORT = re.compile(r'^import \{([^}]*)\} from "([^"]+)";\n', re.MULTILINE)


def needed_modules(names: Sequence[str]) -> list[str]:
    """Return modules of ``assets/app`` and all that they import, each after what it needs.

    Args:
        names: The modules to begin with.
    """
    found: dict[str, None] = {}
    for name in names:
        _visit(name, found, set())
    return list(found)


def neighbour(name: str, path: str) -> str:
    """Return the name of what a module imports by a relative path."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), path))


def _visit(name: str, found: dict[str, None], on_the_way: set[str]) -> None:
    if name in found or name in on_the_way:
        return
    on_the_way.add(name)
    for _, path in IMPORT.findall(read_asset(name)):
        _visit(neighbour(name, path), found, on_the_way)
    found[name] = None
