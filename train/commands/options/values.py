"""What is written behind an option, read."""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def at_least_one(text: str) -> int:
    """A whole number from 1 on, for argparse."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def given_paths(arguments: argparse.Namespace, names: Iterable[str]) -> dict[str, Path]:
    """Those of some options that were given."""
    return {name: getattr(arguments, name) for name in names if getattr(arguments, name)}


def read_setting(text: str) -> tuple[str, Any]:
    """Split ``name=value``; the value is JSON, or plain text where it is none."""
    name, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form name=value")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
