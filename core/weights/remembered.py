"""Hashes of large files, computed once while the file stays as it is."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

# Smaller ones are hashed sooner than their memory is looked up and written.
LEAST_BYTES = 64 * 2**20
# The file stays small, whatever passes by.
MOST = 200


def memory_file() -> Path:
    """Where hashes are kept: a file in the user's cache."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "a3lign-dfer" / "hashes.json"


def remembered(path: Path, kind: str, compute: Callable[[], str]) -> str:
    """A hash of a file's contents.

    Args:
        path: The file; its path, size and time of change stand for what it holds.
        kind: What is hashed of it, and how.
        compute: Does it, where it is not known.
    """
    found = path.stat()
    if found.st_size < LEAST_BYTES:
        return compute()
    name = f"{kind} {path.resolve()}"
    state = [found.st_size, found.st_mtime_ns]
    known = _read()
    if name in known and known[name][:2] == state:
        return str(known[name][2])
    value = compute()
    newest = {name: [*state, value]}
    others = {other: entry for other, entry in _read().items() if other != name}
    _write(dict([*newest.items(), *others.items()][:MOST]))
    return value


def _read() -> dict[str, list[object]]:
    try:
        data = json.loads(memory_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    entries = data.items() if isinstance(data, dict) else ()
    return {name: entry for name, entry in entries if isinstance(entry, list) and len(entry) == 3}


def _write(known: dict[str, list[object]]) -> None:
    """Write whole or not at all; where nothing can be written, nothing is remembered."""
    path = memory_file()
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(known, indent=1), encoding="utf-8")
        partial.replace(path)
