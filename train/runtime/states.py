"""Two states of a run: the newest, and the one before it for the day when the newest is damaged."""

import logging
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from core.errors import TrainingError

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

# What reading half of a file, or another one, ends in.
DAMAGE = (
    OSError,
    RuntimeError,
    EOFError,
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    pickle.UnpicklingError,
)


def before(path: Path) -> Path:
    """Where the state lies that a newer one replaced."""
    return path.with_name(f"{path.stem}-before{path.suffix}")


def has_state(path: Path) -> bool:
    """Whether there is a state, the newest or the one before it, to continue from."""
    return path.exists() or before(path).exists()


def newest_first(path: Path, read: Callable[[Path], Result]) -> Result:
    """Read the newest state, or, with a word of warning, the one before it.

    Args:
        path: Of the newest one.
        read: From a path to what it holds.

    Raises:
        TrainingError: Neither can be read.
    """
    try:
        return _read(path, read)
    except TrainingError as error:
        if not before(path).exists():
            raise
        logger.warning("%s; continuing from %s, written before it", error, before(path).name)
        return _read(before(path), read)


def _read(path: Path, read: Callable[[Path], Result]) -> Result:
    try:
        return read(path)
    except DAMAGE as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise TrainingError(f"{path} is damaged ({reason}); start the run anew") from error
