"""MAFW as distributed: five folds of single expressions, raw videos without face crops."""

from pathlib import Path

from core.errors import DataError
from core.labels import ELEVEN
from core.video.pictures import natural_key
from train.data.clip_files import Listing
from train.data.dataset import ClipRecord
from train.data.layouts.listing import ListBuilder, read_lines, the_folder
from train.data.layouts.names import class_name

SPLITS = ("single/no_caption", "*/single/no_caption", "*/*/single/no_caption")


def read_mafw(root: Path, frames: str | None = None) -> Listing:
    """Read ``single/no_caption/set_k/{train,test}.txt``, lines like ``00025.mp4 anger``.

    Args:
        root: Folder that holds ``clips`` and, at any of two depths, ``single/no_caption``.
        frames: Folder of frame folders cropped elsewhere, to be used instead of the videos.

    Raises:
        DataError: Missing parts of the layout or unusable rows.
    """
    clips = the_folder(root, *([frames] if frames else ["clips", "data/clips"]))
    sets = sorted(the_folder(root, *SPLITS).glob("set_*"), key=lambda path: natural_key(path.name))
    if not sets:
        raise DataError(f"{root}: no folder set_1 … set_5 beside single/no_caption")
    builder = ListBuilder("mafw", ELEVEN)
    for folder in sets:
        for part in ("train", "test"):
            for origin, line in read_lines(folder / f"{part}.txt"):
                _add(builder, origin, line, clips, (folder.name.removeprefix("set_"), part, frames))
    return builder.build()


def _add(
    builder: ListBuilder, origin: str, line: str, clips: Path, place: tuple[str, str, str | None]
) -> None:
    fold, part, frames = place
    file_name, _, word = line.replace("\t", " ").partition(" ")
    label = class_name(word)
    if label not in ELEVEN:
        builder.problem(origin, f"expected 'file.mp4 expression' of one of eleven, got {line!r}")
        return
    name = Path(file_name).stem
    path = clips / (name if frames else file_name)
    record = ClipRecord(name, ELEVEN.index(label), origin=origin)
    builder.add(record, path, fold=fold, part=part)
