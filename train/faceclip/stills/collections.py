"""The still-face collections that training knows, and who of each is held out.

Every program holds out the same faces, so that nothing downstream has seen a validation face.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.faces.detectors import HaarDetector
from train.faceclip.stills.cache import cached_stills
from train.faceclip.stills.mixture import split_by_class, split_by_person
from train.faceclip.stills.sources import Stills, read_fer2013, read_london, read_muxspace

Split = Callable[[Stills], tuple[Stills, Stills]]


@dataclass(frozen=True)
class Collection:
    """One collection.

    Attributes:
        about: What its path is, for the command line.
        read: Makes canvases of it.
        split: Training and validation part.
    """

    about: str
    read: Callable[[Path], Stills]
    split: Split


COLLECTIONS: dict[str, Collection] = {
    "fer2013": Collection(
        "training npz of FER2013", read_fer2013, lambda stills: split_by_class(stills, 0.1, seed=0)
    ),
    "muxspace": Collection(
        "tar of the muxspace faces",
        lambda path: read_muxspace(path, HaarDetector()),
        lambda stills: split_by_person(stills, 10),
    ),
    "london": Collection(
        "folder of the London set",
        lambda path: read_london(path, HaarDetector()),
        lambda stills: split_by_person(stills, 5),
    ),
}


def read_collection(name: str, path: Path, cache: Path) -> Stills:
    """Canvases of a collection, or those kept in the folder ``cache`` from an earlier reading.

    Raises:
        DataError: The collection is missing or holds no face.
    """
    return cached_stills(path, cache / f"{name}_stills.npz", COLLECTIONS[name].read)


def read_parts(paths: Mapping[str, Path], cache: Path) -> list[tuple[Stills, Stills]]:
    """Training and validation part of collections, in the order of ``COLLECTIONS``.

    Args:
        paths: Where each lies, by its name.
        cache: Folder of canvases.

    Raises:
        DataError: A collection is missing or holds no face.
    """
    return [
        collection.split(read_collection(name, paths[name], cache))
        for name, collection in COLLECTIONS.items()
        if name in paths
    ]
