"""DFEW as distributed: five folds of single-labelled clips, frames cropped to faces."""

import re
from pathlib import Path

from core.labels import SEVEN
from train.data.clip_files import Listing
from train.data.dataset import ClipRecord
from train.data.layouts.listing import ListBuilder, read_lines, the_folder

# The official csv counts from 1 in the order of ``SEVEN``.
FIRST_LABEL = 1
PARTS = ("train", "test")


def read_dfew(root: Path, frames: str | None = None) -> Listing:
    """Read ``EmoLabel_DataSplit/{train,test}(single-labeled)/set_k.csv``.

    Or ``label/single_{train,test}set_k.csv`` beside ``data``, as the authors' own code reads it.

    Args:
        root: Folder that holds ``EmoLabel_DataSplit`` and ``Clip``, or ``label`` and ``data``.
        frames: Folder of the frame folders under the root; ``Clip/clip_224x224`` by default, not
            the interpolated 16-frame variant.

    Raises:
        DataError: Missing parts of the layout or unusable rows.
    """
    usual = ["Clip/clip_224x224", "clip_224x224", "data"]
    clips = the_folder(root, *([frames] if frames else usual))
    builder = ListBuilder("dfew", SEVEN)
    own = [(root / "label").glob(f"single_{part}set_*.csv") for part in PARTS]
    for part, paths in zip(PARTS, own, strict=True):
        for path in sorted(paths):
            _read_split(path, part, clips, builder)
    if builder.is_begun:
        return builder.build()
    splits = the_folder(root, "EmoLabel_DataSplit", "*/EmoLabel_DataSplit")
    for part in PARTS:
        folder = the_folder(splits, f"{part}(single-labeled)", f"{part}*")
        for path in sorted(folder.glob("set_*.csv")):
            _read_split(path, part, clips, builder)
    return builder.build()


def _read_split(path: Path, part: str, clips: Path, builder: ListBuilder) -> None:
    fold = path.stem.rpartition("_")[2]
    for origin, line in read_lines(path):
        match = re.fullmatch(r"\"?(\d+)(?:\.mp4)?\"?\s*,\s*(\d+)\s*", line)
        if match is None:
            # The header is the only line that is no clip.
            if "video_name" not in line:
                builder.problem(origin, f"expected 'video_name,label', got {line!r}")
            continue
        name, label = match[1].zfill(5), int(match[2]) - FIRST_LABEL
        if not 0 <= label < len(SEVEN):
            builder.problem(origin, f"label must be 1-7, got {match[2]}")
            continue
        record = ClipRecord(name, label, origin=origin)
        builder.add(record, clips / name, fold=fold, part=part)
