"""One door to every form of data."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.errors import DataError
from core.faces.detectors import open_detector
from train.data.canvases import CanvasDataset
from train.data.clip_files import ClipFiles, Listing
from train.data.crops import Recipe
from train.data.dataset import Dataset
from train.data.layouts.dfew import read_dfew
from train.data.layouts.ferv39k import read_ferv39k
from train.data.layouts.folders import read_folders
from train.data.layouts.mafw import read_mafw
from train.data.layouts.peers import read_lists
from train.data.layouts.table import read_table


@dataclass(frozen=True)
class DataOptions:
    """How to read a dataset.

    Attributes:
        paths: Root folder, table or npz files.
        layout: ``dfew``, ``ferv39k``, ``mafw``, ``lists``, ``folders``, ``table`` or ``canvas``.
        frames: Folder of the frames under the root, where it is not the official one; of lists, a
            path of its own.
        classes: Order of the classes of the open forms; None takes ours.
        detector: ``none`` for frames that are face crops already, else see ``open_detector``;
            None picks ``auto`` for raw videos and ``none`` for the official crops.
        recipe: How random views are made.
    """

    paths: list[Path]
    layout: str
    frames: str | None = None
    classes: tuple[str, ...] | None = None
    detector: str | None = None
    recipe: Recipe = "jitter"


def open_dataset(options: DataOptions) -> Dataset:
    """Read the lists of a dataset; clips whose files are missing are told when they are read.

    Raises:
        DataError: Not that layout, unusable rows, or not a single clip where the lists say.
        DetectorError: The face detector cannot be started.
    """
    missing = [str(path) for path in options.paths if not path.exists()]
    if missing:
        raise DataError(f"no such file or folder: {', '.join(missing)}")
    if options.layout == "canvas":
        return CanvasDataset(options.paths)
    if len(options.paths) != 1 and options.layout not in {"table", "lists"}:
        raise DataError(f"the layout {options.layout} takes one path, got {len(options.paths)}")
    root = options.paths[0]
    readers: dict[str, Callable[[], Listing]] = {
        "dfew": lambda: read_dfew(root, options.frames),
        "ferv39k": lambda: read_ferv39k(root, options.frames),
        "mafw": lambda: read_mafw(root, options.frames),
        "folders": lambda: read_folders(root, options.classes),
        "table": lambda: read_table(options.paths, options.classes),
        "lists": lambda: read_lists(options.paths, options.frames, options.classes),
    }
    listing = readers[options.layout]()
    cropped = options.layout in {"dfew", "ferv39k", "lists"} or options.frames is not None
    detector = options.detector or ("none" if cropped else "auto")
    return ClipFiles(
        listing, options.recipe, None if detector == "none" else open_detector(detector)
    )
