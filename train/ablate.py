"""``train ablate``: fit and evaluate variants of the settings on the same stored features."""

import argparse
import logging
from pathlib import Path
from typing import Any

from core.errors import ConfigError
from train import options

logger = logging.getLogger(__name__)

NAMED = ("without-paradigm", "without-synchronizer", "without-dimensions")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    options.add_data(parser)
    options.add_backbone(parser)
    options.add_features(parser)
    options.add_device(parser)
    options.add_settings(parser)
    options.add_fold(parser)
    parser.add_argument(
        "--without",
        nargs="*",
        default=[],
        choices=[name.removeprefix("without-") for name in NAMED],
        help="parts of the method to leave out, one at a time",
    )
    parser.add_argument(
        "--vary",
        action="append",
        default=[],
        type=options.read_setting,
        metavar="NAME=[VALUES]",
        help='for instance tokens.sentences=[1,4,16] or synchronizer.positions=["shared","none"]',
    )
    parser.add_argument(
        "--every-combination",
        action="store_true",
        help="combine the values of all --vary instead of changing one setting at a time",
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="default 0 1 2")
    parser.add_argument("--out", type=Path, required=True, help="folder for runs and table")


def run(arguments: argparse.Namespace) -> None:
    """Train what is missing and write ``table.md``, ``report.html`` and ``ablation.json``."""
    from core.device import choose_device
    from train import inputs
    from train.ablation import Ablation, summarise
    from train.report.ablation import write_ablation_report
    from train.run_folder import describe_environment, write_json
    from train.variants import variants_of

    config = inputs.open_settings(arguments)
    names = [name for name in NAMED if name.removeprefix("without-") in arguments.without]
    variants = variants_of(
        config, names, _values(arguments), every_combination=arguments.every_combination
    )
    prepared = inputs.open_training(arguments, config, choose_device(arguments.device))
    ablation = Ablation(prepared.backbone, prepared.base, prepared.material, arguments.out)
    logger.info("%d variants × %d seeds", len(variants), len(arguments.seeds))
    rows = ablation.run(variants, arguments.seeds)
    summary = summarise(rows)
    fold = prepared.material.fold
    about = (
        f"{prepared.dataset.name}, fold {fold.name}, {len(getattr(fold, ablation.part))} clips of "
        f"the {ablation.part} part, mean ± sd over {len(arguments.seeds)} seeds"
    )
    write_json(arguments.out / "ablation.json", {"about": about, "summary": summary, "rows": rows})
    write_json(arguments.out / "environment.json", describe_environment(arguments.device))
    write_ablation_report(arguments.out, summary, about)
    logger.info("%s", (arguments.out / "table.md").read_text())


def _values(arguments: argparse.Namespace) -> list[tuple[str, list[Any]]]:
    for name, values in arguments.vary:
        if not isinstance(values, list):
            raise ConfigError(f"--vary {name} needs a list of values like [1,4], got {values!r}")
    return list(arguments.vary)
