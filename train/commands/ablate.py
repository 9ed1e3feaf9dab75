"""``train ablate``: fit and evaluate variants of a method, or several methods, on the same data."""

import argparse
import logging
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import ConfigError
from train.commands.options.clips import add_crops, add_cues, add_data, add_fold, add_votes
from train.commands.options.features import add_backbone, add_features, add_reading
from train.commands.options.machine import add_device, add_log
from train.commands.options.settings import METHODS, add_settings
from train.commands.options.values import read_setting

if TYPE_CHECKING:
    from train.ablation.variants import Variant
    from train.paradigm.config import FitConfig

logger = logging.getLogger(__name__)

# Those of train.ablation.variants, so that help need not import them.
LEFT_OUT = (
    "paradigm",
    "text-step",
    "video-step",
    "synchronizer",
    "handover",
    "layer-schedule",
    "positions",
    "dimensions",
)
CHANGED = ("video-first",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    add_data(parser)
    add_crops(parser)
    add_backbone(parser)
    add_features(parser, required=False)
    add_reading(parser)
    add_device(parser)
    add_settings(parser)
    add_cues(parser)
    add_votes(parser)
    add_fold(parser)
    add_log(parser)
    parser.add_argument(
        "--method",
        nargs="+",
        default=[],
        metavar="NAME[:SETTING=VALUE,…]",
        help=f"one row each, trained from its preset: {', '.join(METHODS)}; for instance "
        "coop coop:options.class_specific=true a3lign (default: variants of one preset)",
    )
    parser.add_argument(
        "--preset",
        type=Path,
        nargs="+",
        default=[],
        help="JSON files of settings; each serves the method that it names (default: the method's)",
    )
    parser.add_argument(
        "--without",
        nargs="*",
        default=[],
        choices=LEFT_OUT,
        help="parts of the method to leave out, one at a time (with --method: of the first one)",
    )
    parser.add_argument(
        "--with",
        dest="changed",
        nargs="*",
        default=[],
        choices=CHANGED,
        help="other ways to train it, one at a time: video-first swaps steps 1 and 2",
    )
    parser.add_argument(
        "--vary",
        action="append",
        default=[],
        type=read_setting,
        metavar="NAME=[VALUES]",
        help='for instance tokens.sentences=[1,4,16] or synchronizer.positions=["shared","none"]',
    )
    parser.add_argument(
        "--every-combination",
        action="store_true",
        help="combine the values of all --vary instead of changing one setting at a time",
    )
    parser.add_argument(
        "--part",
        choices=("test", "validation"),
        help="what figures are reported on (default: the test part where there is one); choices "
        "are always made on the validation part, so figures on it are flattering; repeated with "
        "the other part, nothing is trained again",
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="default 0 1 2")
    parser.add_argument("--out", type=Path, required=True, help="folder for runs and table")


def run(arguments: argparse.Namespace) -> None:
    """Train what is missing and write ``table.md``, ``report.html`` and ``ablation.json``."""
    from core.device import choose_device
    from core.model.backbones import hash_weights
    from train.ablation.onlookers import Onlookers
    from train.ablation.run import Ablation, summarise
    from train.commands.inputs.material import open_training
    from train.commands.inputs.settings import marks_of
    from train.paradigm.folder import describe_data
    from train.report.ablation import write_ablation_report
    from train.runtime.disk import sole_user
    from train.runtime.run_folder import describe_environment, write_json
    from train.watching.registry import chosen_logs

    logs = chosen_logs(arguments.log)
    variants = _rows(arguments)
    config = variants[0].config
    prepared = open_training(
        arguments,
        config,
        choose_device(arguments.device),
        also=[variant.config for variant in variants[1:]],
    )
    fold = prepared.material.fold
    part = arguments.part or ("test" if len(fold.test) else "validation")
    if not len(getattr(fold, part)):
        raise ConfigError(f"the data have no {part} part; leave --part out")
    about = {
        "data": describe_data(prepared.dataset, fold),
        "backbone": prepared.base.backbone.sha256 or hash_weights(prepared.backbone),
        "views": arguments.views,
        **marks_of(arguments),
    }
    onlookers = Onlookers(logs)
    for variant in variants:
        for seed in arguments.seeds:
            onlookers.plan("", replace(variant.config, seed=seed))
    ablation = Ablation(
        prepared.backbone,
        prepared.base,
        prepared.material,
        arguments.out,
        part,
        about,
        onlookers.at("", about),
    )
    logger.info("%d variants × %d seeds", len(variants), len(arguments.seeds))
    with sole_user(arguments.out), closing(onlookers.line):
        rows = ablation.run(variants, arguments.seeds, baseline=not arguments.method)
    summary = summarise(rows)
    title = (
        f"{prepared.dataset.name}, fold {fold.name}, {len(getattr(fold, part))} clips of "
        f"the {part} part, mean ± sd over {len(arguments.seeds)} seeds"
    )
    write_json(arguments.out / "ablation.json", {"about": title, "summary": summary, "rows": rows})
    write_json(arguments.out / "environment.json", describe_environment(arguments.device))
    write_ablation_report(arguments.out, summary, title, with_times=bool(arguments.method))
    logger.info("%s", (arguments.out / "table.md").read_text(encoding="utf-8"))


def _rows(arguments: argparse.Namespace) -> list["Variant"]:
    """Variants of one preset, several methods, or variants of the first method beside others."""
    from train.commands.inputs.settings import change
    from train.paradigm.presets import open_preset

    if not arguments.method:
        if len(arguments.preset) > 1:
            raise ConfigError("several --preset are for several --method; give one")
        config = change(open_preset(next(iter(arguments.preset), None)), arguments)
        return _variants(arguments, config)
    first, *others = _methods(arguments)
    if arguments.without or arguments.changed or arguments.vary:
        return _variants(arguments, first.config) + others
    return [first, *others]


def _variants(arguments: argparse.Namespace, config: "FitConfig") -> list["Variant"]:
    """Settings, and what of them is to be left out or changed."""
    from train.ablation.variants import variants_of

    names = [f"without-{name}" for name in LEFT_OUT if name in arguments.without]
    names += [name for name in CHANGED if name in arguments.changed]
    return variants_of(
        config, names, _values(arguments), every_combination=arguments.every_combination
    )


def _methods(arguments: argparse.Namespace) -> list["Variant"]:
    """One row for each method."""
    from train.ablation.variants import Variant
    from train.commands.inputs.settings import change, split_method
    from train.paradigm.config import override
    from train.paradigm.presets import default_preset, open_preset

    given = {config.method: config for config in map(open_preset, arguments.preset)}
    rows = []
    for text in arguments.method:
        name, own = split_method(text)
        config = given.get(name) or open_preset(default_preset(name))
        config = change(config, arguments)
        rows.append(Variant(text.replace("/", "_"), override(config, own)))
    return rows


def _values(arguments: argparse.Namespace) -> list[tuple[str, list[Any]]]:
    for name, values in arguments.vary:
        if not isinstance(values, list):
            raise ConfigError(f"--vary {name} needs a list of values like [1,4], got {values!r}")
    return list(arguments.vary)
