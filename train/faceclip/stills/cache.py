"""Keep a collection's canvases: finding the faces of thousands of photos takes minutes."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from core.errors import DataError
from train.faceclip.stills.sources import Stills
from train.runtime.arrays import read_arrays, write_arrays

logger = logging.getLogger(__name__)


def cached_stills(source: Path, cache: Path, read: Callable[[Path], Stills]) -> Stills:
    """Read a collection, or the canvases kept from an earlier reading of the same files.

    Args:
        source: File or folder of the collection.
        cache: File that holds its canvases, or will.
        read: Reads the collection.

    Raises:
        DataError: The collection is missing.
    """
    if not source.exists():
        raise DataError(f"{source} is missing; assets/docs/datasets.md says where to get it")
    fingerprint = _fingerprint(source)
    if cache.exists():
        kept = _kept(cache)
        if kept is not None and str(kept["fingerprint"]) == fingerprint:
            return Stills(kept["images"], kept["labels"], kept["people"])
    stills = read(source)
    write_arrays(
        cache,
        compress=True,
        images=stills.images,
        labels=stills.labels,
        people=stills.people,
        fingerprint=fingerprint,
    )
    return stills


def _kept(cache: Path) -> dict[str, NDArray[Any]] | None:
    """What was kept; None if it cannot be read, as it can be made again."""
    try:
        return read_arrays(cache)
    except DataError as error:
        logger.warning("%s: it is made again", error)
        return None


def _fingerprint(source: Path) -> str:
    """Name, number of files and bytes: enough to notice another download."""
    files = [source] if source.is_file() else [path for path in source.rglob("*") if path.is_file()]
    return f"{source.name} {len(files)} {sum(path.stat().st_size for path in files)}"
