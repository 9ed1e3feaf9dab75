"""``train check-data``: examine a dataset before using it."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from train.commands import options

if TYPE_CHECKING:
    from train.data.dataset import Dataset
    from train.data.doctor import Examination


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    options.add_data(parser)
    parser.add_argument(
        "--every-frame", action="store_true", help="decode all frames, not only the first ones"
    )
    parser.add_argument("--out", type=Path, help="also write the findings as JSON")


def run(arguments: argparse.Namespace) -> None:
    """Print what was found; status 2 if clips cannot be used."""
    from dataclasses import asdict

    from train.commands import inputs
    from train.data.doctor import examine, raise_if_unusable
    from train.runtime.run_folder import write_json

    dataset = inputs.open_data(arguments)
    found = examine(dataset, every_frame=arguments.every_frame)
    sys.stdout.write(describe(dataset, found))
    if arguments.out:
        write_json(arguments.out, asdict(found))
    raise_if_unusable(found)


def describe(dataset: "Dataset", found: "Examination") -> str:
    """The findings as text."""
    lines = [f"{dataset.name}: {len(dataset.records)} clips, detector {dataset.detector}", ""]
    width = max(map(len, dataset.class_names))
    for fold, parts in found.tables.items():
        used = {part: counts for part, counts in parts.items() if sum(counts)}
        lines.append(f"fold {fold:<{width}}" + "".join(f"{part:>12}" for part in used))
        for index, name in enumerate(dataset.class_names):
            lines.append(
                f"  {name:<{width + 3}}" + "".join(f"{c[index]:>12}" for c in used.values())
            )
        total = "".join(f"{sum(counts):>12}" for counts in used.values())
        lines += [f"  {'all':<{width + 3}}{total}", ""]
    if found.sizes:
        common = sorted(found.sizes.items(), key=lambda item: -item[1])[:5]
        lines.append("frame sizes: " + ", ".join(f"{size} ({n} clips)" for size, n in common))
    lines += [f"note: {note}" for note in found.notes]
    lines += [f"WARNING: {warning}" for warning in found.warnings]
    if not found.warnings and not found.problems:
        lines.append("nothing unusual found")
    lines.append(f"fingerprint: {found.fingerprint[:16]}")
    return "\n".join(lines) + "\n"
