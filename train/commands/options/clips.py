"""Options that say which clips are worked on, and what else is known of them."""

import argparse
from pathlib import Path

from train.commands.options.machine import add_memory

LAYOUTS = ("dfew", "ferv39k", "mafw", "lists", "folders", "table", "canvas")


def add_data(parser: argparse.ArgumentParser) -> None:
    """Where the clips are."""
    parser.add_argument(
        "--data", type=Path, nargs="+", required=True, metavar="PATH", help="root folder or file(s)"
    )
    parser.add_argument(
        "--layout", choices=LAYOUTS, required=True, help="how the data are laid out"
    )
    parser.add_argument(
        "--frames",
        metavar="FOLDER",
        help="frame folders under the root, if not the official ones; of lists: where they lie",
    )
    parser.add_argument(
        "--classes",
        type=lambda text: tuple(text.split(",")),
        metavar="A,B,…",
        help="order of the classes of folders and tables (default: ours)",
    )
    parser.add_argument(
        "--detector",
        choices=("none", "auto", "scrfd", "yunet", "haar", "center"),
        help="face detector; none if the frames are face crops (default: as the layout needs)",
    )
    parser.add_argument(
        "--recipe",
        choices=("jitter", "fixed", "resized"),
        default="jitter",
        help="random views of videos: 80-100 %% crops, the paper's 112/120, or DFER-CLIP's",
    )


def add_crops(parser: argparse.ArgumentParser) -> None:
    """Whether faces were cut out before."""
    parser.add_argument(
        "--crops",
        type=Path,
        metavar="FOLDER",
        help="read the face squares that `train crops` stored instead of the clips",
    )


def add_votes(parser: argparse.ArgumentParser) -> None:
    """What people said of the clips."""
    parser.add_argument(
        "--votes",
        type=Path,
        metavar="FILE",
        help="CSV of votes per class and clip (DFEW's and MAFW's tables, exported): soft targets "
        "in the place of single labels, as far as the setting vote_share says",
    )


def add_cues(parser: argparse.ArgumentParser) -> None:
    """What else is known of the clips."""
    parser.add_argument(
        "--cues", type=Path, metavar="FOLDER", help="drawings that `train cues` stored"
    )
    parser.add_argument(
        "--captions", type=Path, metavar="FILE", help="captions of facial change, one per clip"
    )


def add_fold(parser: argparse.ArgumentParser) -> None:
    """What to train on and how to hold it."""
    parser.add_argument("--fold", default=None, help="which fold (default: the first)")
    add_memory(parser)
