"""Options that say which still faces are worked on, and where what is found of them is kept."""

import argparse
from pathlib import Path

from train.faceclip.stills.collections import COLLECTIONS


def add_stills(parser: argparse.ArgumentParser) -> None:
    """Where the collections lie, and the landmarks of their faces."""
    sources = parser.add_argument_group("stills (at least one)")
    for name, collection in COLLECTIONS.items():
        sources.add_argument(f"--{name}", type=Path, metavar="PATH", help=collection.about)
    parser.add_argument(
        "--landmarker", type=Path, help="MediaPipe's face_landmarker.task; for the first run only"
    )
    parser.add_argument(
        "--cache", type=Path, help="folder of canvases and landmarks (default: OUT/cache)"
    )
