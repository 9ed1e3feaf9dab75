"""From options to the settings of a training."""

import argparse
import hashlib
from typing import Any

from core.descriptions import read_descriptions
from core.errors import ConfigError
from train.commands.options.settings import METHODS
from train.commands.options.values import read_setting
from train.paradigm.config import FitConfig, override
from train.paradigm.presets import default_preset, open_preset


def open_settings(arguments: argparse.Namespace) -> FitConfig:
    """The preset with single settings changed.

    Raises:
        ConfigError: The preset is unreadable, wrong, or another method's.
    """
    config = open_preset(arguments.preset or default_preset(arguments.method))
    if arguments.method not in {None, config.method}:
        raise ConfigError(
            f"{arguments.preset} is a preset of {config.method}, but --method asks for "
            f"{arguments.method}"
        )
    return change(config, arguments)


def split_method(text: str) -> tuple[str, list[tuple[str, Any]]]:
    """Take ``NAME:SETTING=VALUE,…`` apart into the method and its settings.

    Raises:
        ConfigError: There is no such method.
    """
    name, _, changes = text.partition(":")
    if name not in METHODS:
        raise ConfigError(f"unknown method {name!r}; choose {', '.join(METHODS)}")
    return name, [read_setting(change) for change in changes.split(",") if change]


def change(config: FitConfig, arguments: argparse.Namespace) -> FitConfig:
    """Apply --descriptions, --protocol and --set."""
    changes = list(arguments.settings)
    if arguments.descriptions is not None:
        changes.insert(0, ("options.descriptions", read_descriptions(arguments.descriptions)))
    if arguments.protocol is not None:
        changes.insert(0, ("protocol", arguments.protocol))
    return override(config, changes)


def marks_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """What files beside the clips a training depends on, for its folder to remember."""
    marks: dict[str, Any] = {
        "cues": [str(path) for path in (arguments.cues, arguments.captions) if path]
    }
    if arguments.votes:
        with arguments.votes.open("rb") as stream:
            marks["votes"] = hashlib.file_digest(stream, "sha256").hexdigest()
    return marks
