"""Options that say what stands frozen below a training and how clips become its features."""

import argparse
from pathlib import Path

from train.commands.options.values import at_least_one, read_setting


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
