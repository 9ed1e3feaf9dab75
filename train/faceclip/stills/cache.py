"""Keep a collection's canvases: finding the faces of thousands of photos takes minutes."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from core.errors import DataError
from train.faceclip.stills.sources import Stills


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
        with np.load(cache) as data:
            if str(data["fingerprint"]) == fingerprint:
                return Stills(data["images"], data["labels"], data["people"])
    stills = read(source)
    cache.parent.mkdir(parents=True, exist_ok=True)
    partial = cache.with_suffix(".partial.npz")
    np.savez_compressed(
        partial,
        images=stills.images,
        labels=stills.labels,
        people=stills.people,
        fingerprint=fingerprint,
    )
    partial.replace(cache)
    return stills


def _fingerprint(source: Path) -> str:
    """Name, number of files and bytes: enough to notice another download."""
    files = [source] if source.is_file() else [path for path in source.rglob("*") if path.is_file()]
    return f"{source.name} {len(files)} {sum(path.stat().st_size for path in files)}"
