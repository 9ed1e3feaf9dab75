"""Read JSON that others wrote: of bounded size, an object, and with one reason if it is not."""

import json
from pathlib import Path
from typing import Any


def read_object(path: Path, limit: int) -> dict[str, Any]:
    """Read a JSON object.

    Args:
        path: An ordinary file.
        limit: Most bytes it may have.

    Raises:
        FileNotFoundError: It is not there.
        ValueError: Why it cannot be read; ends a sentence that begins with the file's name.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(limit + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror or error})") from error
    if len(raw) > limit:
        raise ValueError(f"is larger than {limit / 2**20:g} MB")
    try:
        data = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError("is not readable JSON (not UTF-8)") from error
    except RecursionError as error:
        raise ValueError("is not readable JSON (lists in lists without end)") from error
    except ValueError as error:
        raise ValueError(f"is not readable JSON ({error})") from error
    if not isinstance(data, dict):
        raise ValueError(f"must hold an object, not a {type(data).__name__}")
    return data
