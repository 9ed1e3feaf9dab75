"""``train evaluate``: measure checkpoints on a dataset."""

import argparse
import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import DataError
from train.commands.options.clips import add_crops, add_cues, add_data
from train.commands.options.features import add_reading
from train.commands.options.machine import add_device, add_memory
from train.commands.options.settings import METHODS, add_protocol

if TYPE_CHECKING:
    import torch

    from core.checkpoint import Checkpoint
    from train.data.dataset import Dataset

logger = logging.getLogger(__name__)

ORDERS = ("shuffled", "reversed")
SUMMARISED = (
    *("war", "uar", "loss", "ece", "ece_raw"),
    *(f"{order}_{name}_change" for order in ORDERS for name in ("war", "uar")),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    add_data(parser)
    add_crops(parser)
    add_device(parser)
    add_cues(parser)
    add_memory(parser)
    parser.add_argument(
        "--checkpoint",
        nargs="+",
        required=True,
        help="folders or hub ids of any method, or zero-shot:SOURCE for the backbone of one: one, "
        "one per --fold, or several for one fold (seeds)",
    )
    parser.add_argument(
        "--method",
        choices=METHODS,
        help="zero-shot: judge the backbones of the checkpoints without their training; another "
        "name: refuse checkpoints of other methods",
    )
    parser.add_argument(
        "--classes-of-data",
        action="store_true",
        help="ask about the classes of the data by their texts, where the method can, instead of "
        "those that the checkpoint was trained on",
    )
    parser.add_argument("--fold", nargs="+", help="folds, in the order of the checkpoints")
    parser.add_argument(
        "--part", choices=("test", "validation", "train", "all"), default="test", help="which clips"
    )
    parser.add_argument(
        "--only-shared", action="store_true", help="leave out classes the checkpoint does not know"
    )
    parser.add_argument("--backbone-weights", default="openai", help="OpenAI's weights, if needed")
    add_protocol(
        parser, meaning="refuse checkpoints whose epoch was chosen otherwise (default: take all)"
    )
    parser.add_argument("--cache", type=Path, help="keep the features here, and use what is there")
    parser.add_argument(
        "--precision",
        choices=("auto", "float32", "bf16"),
        default="auto",
        help="arithmetic of both the image tower and the rest",
    )
    add_reading(parser)
    parser.add_argument("--out", type=Path, required=True, help="folder for the results")
    parser.set_defaults(views=1, view_seed=0)


def run(arguments: argparse.Namespace) -> None:
    """Evaluate; ``metrics.json`` and ``report.html`` grow with every checkpoint."""
    from core.device import choose_device
    from train.commands.inputs.opening import open_data
    from train.report.results import write_results_report
    from train.runtime.run_folder import describe_environment, write_json
    from train.scoring.figures import mean_and_deviation

    device = choose_device(arguments.device)
    dataset = open_data(arguments)
    runs: list[dict[str, Any]] = []
    for source, fold in _pairs(arguments, dataset):
        checkpoint = _open(arguments, source, dataset)
        runs.append(_evaluate(arguments, checkpoint, dataset, fold, device))
        logger.info(
            "%s fold %s: WAR %.4f, UAR %.4f", source, fold, runs[-1]["war"], runs[-1]["uar"]
        )
        # After each, so that a checkpoint that cannot be opened costs only itself.
        results = {
            "data": dataset.name,
            "fingerprint": dataset.fingerprint,
            "part": arguments.part,
            "summary": {
                name: mean_and_deviation([run[name] for run in runs]) for name in SUMMARISED
            },
            "runs": runs,
        }
        write_json(arguments.out / "metrics.json", results)
        write_json(arguments.out / "environment.json", describe_environment(str(device)))
        write_results_report(arguments.out / "report.html", results)


def _open(arguments: argparse.Namespace, source: str, dataset: "Dataset") -> "Checkpoint":
    """The checkpoint as the options want it asked."""
    from core.checkpoint import load_checkpoint, with_labels, zero_shot_of
    from core.errors import ConfigError

    checkpoint = load_checkpoint(source, backbone_weights=arguments.backbone_weights)
    protocol = protocol_of(checkpoint)
    if arguments.protocol not in {None, protocol.partition(":")[0]}:
        raise ConfigError(
            f"{source} was made by the protocol of the {protocol}; --protocol asks for "
            f"{arguments.protocol}"
        )
    found = checkpoint.config.model.method
    if arguments.method == "zero-shot" and found != "zero-shot":
        checkpoint = zero_shot_of(checkpoint, name=f"zero-shot:{checkpoint.name}")
    elif arguments.method not in {None, found}:
        raise ConfigError(
            f"{source} was trained as {found}, but --method asks for {arguments.method}"
        )
    if arguments.classes_of_data and checkpoint.config.model.labels != dataset.class_names:
        checkpoint = with_labels(checkpoint, dataset.class_names)
    return checkpoint


def protocol_of(checkpoint: "Checkpoint") -> str:
    """How the epoch of a checkpoint was chosen, as its figures say."""
    return str(checkpoint.card.metrics.get("protocol", "honest"))


def _pairs(arguments: argparse.Namespace, dataset: "Dataset") -> list[tuple[str, str]]:
    """Which checkpoint is judged on which fold."""
    sources: list[str] = arguments.checkpoint
    folds: list[str] = arguments.fold or [dataset.folds[0].name]
    if len(folds) == 1:
        folds = folds * len(sources)
    if len(folds) != len(sources):
        raise DataError(
            f"{len(sources)} checkpoints but {len(folds)} folds; name one fold for each"
        )
    return list(zip(sources, folds, strict=True))


def _evaluate(
    arguments: argparse.Namespace,
    checkpoint: "Checkpoint",
    dataset: "Dataset",
    fold_name: str,
    device: "torch.device",
) -> dict[str, Any]:
    import numpy as np

    from train.commands.inputs.opening import cues_of, request_of
    from train.data.doctor.soundness import say_doubts
    from train.features.backbone import LoadedBackbone
    from train.features.bank import Gatherer
    from train.scoring.examine import Subject, examine, latency, match_labels

    fold = dataset.fold(fold_name)
    say_doubts(dataset, fold)
    everything = np.concatenate([fold.train, fold.validation, fold.test])
    wanted = everything if arguments.part == "all" else getattr(fold, arguments.part)
    candidates = match_labels(
        dataset, checkpoint.config.model.labels, wanted, only_shared=arguments.only_shared
    )
    backbone = LoadedBackbone.of_checkpoint(checkpoint, device)
    bank = request_of(arguments).of_checkpoint(
        checkpoint, backbone, dataset, candidates.rows, arguments.cache
    )
    usable = candidates.rows[bank.lengths[candidates.rows] > 0]
    if not len(usable):
        raise DataError(f"none of the {len(candidates.rows)} clips to evaluate can be used")
    candidates = replace(candidates, rows=usable)
    gatherer = Gatherer(bank, device, 0)
    subject = Subject.from_checkpoint(checkpoint, device)
    gatherer.cue_source = cues_of(arguments, dataset, backbone, bank.lengths)
    figures = examine(subject, gatherer, candidates, precision=arguments.precision)
    times = {"latency_ms": latency(subject)}
    about = {
        "checkpoint": checkpoint.name,
        "method": checkpoint.config.model.method,
        "protocol": protocol_of(checkpoint),
    }
    return {**about, "fold": fold_name, **figures, **times}
