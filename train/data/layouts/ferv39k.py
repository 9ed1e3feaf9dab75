"""FERV39k as distributed: one official split, frames cropped to faces."""

from pathlib import Path

from core.labels import SEVEN
from train.data.clip_files import Listing
from train.data.dataset import ClipRecord
from train.data.layouts.listing import ListBuilder, read_lines, the_folder
from train.data.layouts.names import class_name

# Scene, expression, clip.
DEPTH = 3


def read_ferv39k(root: Path, frames: str | None = None) -> Listing:
    """Read ``4_setups/All_scenes/{train,test}_All.csv``, lines like ``Action/Sad/0010 Sad``.

    Args:
        root: Folder that holds ``4_setups`` and the frames.
        frames: Folder of the frame folders; ``2_ClipsforFaceCrop`` by default.

    Raises:
        DataError: Missing parts of the layout or unusable rows.
    """
    clips = the_folder(root, *([frames] if frames else ["2_ClipsforFaceCrop"]))
    splits = the_folder(root, "4_setups/All_scenes", "All_scenes")
    builder = ListBuilder("ferv39k", SEVEN)
    for part in ("train", "test"):
        path = the_folder(splits, f"{part}_All.[ct][sx][vt]", f"{part}*.csv")
        for origin, line in read_lines(path):
            name, _, word = line.replace(",", " ").rpartition(" ")
            label = class_name(word)
            if not name or label not in SEVEN:
                builder.problem(origin, f"expected 'scene/Emotion/clip Emotion', got {line!r}")
                continue
            # Some copies of the lists name clips by their place on the authors' machine.
            inside = "/".join(name.strip().replace("\\", "/").split("/")[-DEPTH:])
            record = ClipRecord(inside, SEVEN.index(label), origin=origin)
            builder.add(record, clips / record.name, fold="all", part=part)
    return builder.build()
