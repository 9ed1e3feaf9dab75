"""Which results does a file hold? JSON of bounded size, one object or one per line."""

import json
import re
from pathlib import Path
from typing import Any

from core.errors import ResultError

# The longest video, with several faces, takes about half of each.
MOST_BYTES = 64_000_000
MOST_RECORDS = 64
# What a parser makes of a file is larger than the file: lists and objects, and what is in them.
MOST_CONTAINERS = 600_000
MOST_VALUES = 6_000_000

SPACE = re.compile(r"[ \t\r\n]+")
WANTED = "choose the JSON file of a result"


def read_objects(path: Path, name: str) -> list[dict[str, Any]]:
    """Read the JSON objects of a file.

    Args:
        path: The file.
        name: What messages call it.

    Raises:
        ResultError: It cannot be read, is too large, or holds anything else.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ResultError(f"{name} cannot be read ({error.strerror})") from error
    if len(raw) > MOST_BYTES:
        raise ResultError(f"{name} has more than {MOST_BYTES // 10**6} MB, which no result needs")
    containers = raw.count(b"{") + raw.count(b"[")
    if containers > MOST_CONTAINERS or raw.count(b",") > MOST_VALUES:
        raise ResultError(f"{name} holds more values than any result; save the result again")
    try:
        return _objects(raw.decode("utf-8-sig"), name)
    except UnicodeDecodeError as error:
        raise ResultError(f"{name} is no text, so no saved result; {WANTED}") from error
    except RecursionError as error:
        raise ResultError(f"{name} is damaged: lists in lists without end; {WANTED}") from error
    except ValueError as error:
        reason = str(error).partition(":")[0]
        raise ResultError(f"{name} is no JSON or a damaged one ({reason}); {WANTED}") from error


def _objects(text: str, name: str) -> list[dict[str, Any]]:
    decoder = json.JSONDecoder()
    found: list[dict[str, Any]] = []
    place = _skip_space(text, 0)
    while place < len(text):
        value, place = decoder.raw_decode(text, place)
        if not isinstance(value, dict):
            raise ResultError(f"{name} holds {type(value).__name__}, not a saved result; {WANTED}")
        found.append(value)
        if len(found) > MOST_RECORDS:
            raise ResultError(
                f"{name} holds more than {MOST_RECORDS} results; keep the lines of one video"
            )
        place = _skip_space(text, place)
    if not found:
        raise ResultError(f"{name} is empty; {WANTED}")
    return found


def _skip_space(text: str, place: int) -> int:
    found = SPACE.match(text, place)
    return found.end() if found else place
