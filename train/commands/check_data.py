"""``train check-data``: examine a dataset before using it."""

import argparse
import sys
from pathlib import Path

from train.commands.options.clips import add_data


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    add_data(parser)
    parser.add_argument(
        "--every-frame", action="store_true", help="decode all frames, not only the first ones"
    )
    parser.add_argument("--out", type=Path, help="also write the findings as JSON")


def run(arguments: argparse.Namespace) -> None:
    """Print what was found; status 2 if clips cannot be used."""
    from dataclasses import asdict

    from train.commands.inputs.opening import open_data
    from train.data.doctor.examine import examine
    from train.data.doctor.findings import describe
    from train.data.problems import raise_problems
    from train.runtime.run_folder import write_json

    dataset = open_data(arguments)
    found = examine(dataset, every_frame=arguments.every_frame)
    sys.stdout.write(describe(dataset, found))
    if arguments.out:
        write_json(arguments.out, asdict(found))
    raise_problems(found.problems, advice=_advice(arguments))


def _advice(arguments: argparse.Namespace) -> str:
    where = f"all are in {arguments.out}" if arguments.out else "--out FILE lists all"
    return f"{where}; extract, cues and evaluate go on without them with --skip-bad"
