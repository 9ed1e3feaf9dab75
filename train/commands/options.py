"""Command line options that several training commands share."""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

# Features up to this size are held in memory; larger ones are read from the disk as needed.
DEFAULT_MEMORY_GB = 8.0

# Modules of core.model.methods by file name, so that help need not import them.
METHODS = tuple(
    sorted(
        path.stem.replace("_", "-")
        for path in (Path(__file__).parents[2] / "core/model/methods").glob("[a-z]*.py")
    )
)

LOGS = ("tensorboard", "csv", "wandb", "none")
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


def add_backbone(parser: argparse.ArgumentParser) -> None:
    """Which frozen CLIP."""
    parser.add_argument(
        "--backbone",
        required=True,
        help="ViT-L-14, ViT-L-14-336, ViT-B-16 or ViT-B-32 (OpenAI's; with -gelu for most of "
        "LAION's), ViT-H-14 with --backbone-weights laion2b_s32b_b79k or others, a weight file or "
        "folder of one, a FaceCLIP, or a checkpoint (folder or hub id) for its backbone",
    )
    add_backbone_details(parser)


def add_backbone_details(parser: argparse.ArgumentParser) -> None:
    """What else may be said of it."""
    parser.add_argument(
        "--backbone-weights",
        default="openai",
        metavar="FILE",
        help="for a name: a file or folder with its weights, or open_clip's name of published "
        "ones, such as datacomp_xl_s13b_b90k (default: openai, from the hub or its cache)",
    )
    parser.add_argument(
        "--preprocess",
        action="append",
        default=[],
        type=read_setting,
        metavar="NAME=VALUE",
        help="change the image input of an OpenAI backbone, for instance crop_scale=1.3, "
        "detail_px=112 (the paper's 120 → 112 → 224) or image_size=112",
    )


def add_features(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Where features are stored and what they hold."""
    parser.add_argument(
        "--cache",
        type=Path,
        required=required,
        help="folder of the stored features"
        + ("" if required else "; a method that trains an image tower reads none"),
    )
    add_views(parser, default=1)


def add_views(parser: argparse.ArgumentParser, *, default: int) -> None:
    """What is encoded, and how."""
    parser.add_argument(
        "--views", type=int, default=default, help="one plain view and this many less 1 random"
    )
    parser.add_argument(
        "--precision",
        choices=("auto", "float32", "bf16"),
        default="auto",
        help="arithmetic of the image tower; bf16 pays on processors with AMX",
    )
    parser.add_argument("--view-seed", type=int, default=0, help="seed of the random views")


def add_reading(parser: argparse.ArgumentParser) -> None:
    """How clips are read."""
    parser.add_argument(
        "--workers",
        type=at_least_one,
        help="threads that decode and crop ahead; results are the same with any number (default: "
        "one per core)",
    )
    parser.add_argument(
        "--skip-bad", action="store_true", help="leave unusable clips out instead of stopping"
    )


def add_cues(parser: argparse.ArgumentParser) -> None:
    """What else is known of the clips."""
    parser.add_argument(
        "--cues", type=Path, metavar="FOLDER", help="drawings that `train cues` stored"
    )
    parser.add_argument(
        "--captions", type=Path, metavar="FILE", help="captions of facial change, one per clip"
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


def add_memory(parser: argparse.ArgumentParser) -> None:
    """How much is held in memory."""
    parser.add_argument(
        "--memory-gb",
        type=float,
        default=DEFAULT_MEMORY_GB,
        help=f"hold features up to this size in memory (default {DEFAULT_MEMORY_GB:g})",
    )


def add_device(parser: argparse.ArgumentParser) -> None:
    """Where to compute."""
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")


def add_log(parser: argparse.ArgumentParser) -> None:
    """Where curves go."""
    parser.add_argument(
        "--log",
        nargs="+",
        choices=LOGS,
        help="curves of every epoch in the run folder: TensorBoard's events (default, where it is "
        "installed), log.csv, Weights & Biases, or none",
    )


def add_method(parser: argparse.ArgumentParser) -> None:
    """What to train."""
    parser.add_argument(
        "--method",
        choices=METHODS,
        help="trained with its own preset unless --preset names another (default: a3lign)",
    )
    parser.add_argument("--preset", type=Path, help="JSON file of settings (default: the method's)")


def add_protocol(parser: argparse.ArgumentParser, *, meaning: str) -> None:
    """How the epoch is, or was, chosen."""
    parser.add_argument("--protocol", choices=("honest", "paper"), help=meaning)


def add_settings(parser: argparse.ArgumentParser) -> None:
    """How to train."""
    add_protocol(
        parser,
        meaning="honest: a validation part of the training clips chooses the epoch (default); "
        "paper: all of them are trained on and the test part chooses, as most published rows were "
        "made; always labelled so",
    )
    parser.add_argument(
        "--descriptions",
        type=Path,
        metavar="FILE",
        help="JSON object of class names, each with a list of texts, for methods that use them",
    )
    add_changes(parser, "change one setting, for instance tokens.sentences=8 or stages.0.epochs=10")


def add_changes(parser: argparse.ArgumentParser, meaning: str) -> None:
    """Settings by name, as often as there are some to change."""
    parser.add_argument(
        "--set",
        dest="settings",
        action="append",
        default=[],
        type=read_setting,
        metavar="NAME=VALUE",
        help=meaning,
    )


def add_fold(parser: argparse.ArgumentParser) -> None:
    """What to train on and how to hold it."""
    parser.add_argument("--fold", default=None, help="which fold (default: the first)")
    add_memory(parser)


def at_least_one(text: str) -> int:
    """A whole number from 1 on, for argparse."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def given_paths(arguments: argparse.Namespace, names: Iterable[str]) -> dict[str, Path]:
    """Those of some options that were given."""
    return {name: getattr(arguments, name) for name in names if getattr(arguments, name)}


def read_setting(text: str) -> tuple[str, Any]:
    """Split ``name=value``; the value is JSON, or plain text where it is none."""
    name, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form name=value")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
