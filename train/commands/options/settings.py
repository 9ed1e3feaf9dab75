"""Options that say what is trained and how."""

import argparse
from pathlib import Path

from train.commands.options.values import read_setting

# Modules of core.model.methods by file name, so that help need not import them.
METHODS = tuple(
    sorted(
        path.stem.replace("_", "-")
        for path in (Path(__file__).parents[3] / "core/model/methods").glob("[a-z]*.py")
    )
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
