"""``train evaluate``: measure checkpoints on a dataset."""

import argparse
import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import DataError
from train import options

if TYPE_CHECKING:
    import torch

    from core.checkpoint import Checkpoint
    from train.data.dataset import Dataset, Rows
    from train.features.bank import FeatureBank
    from train.features.encode import ClipEncoder
    from train.inputs import LoadedBackbone

logger = logging.getLogger(__name__)

SUMMARISED = ("war", "uar", "loss", "ece", "shuffled_war_change", "shuffled_uar_change")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    options.add_data(parser)
    options.add_device(parser)
    parser.add_argument(
        "--checkpoint",
        nargs="+",
        required=True,
        help="folders or hub ids: one, one per --fold, or several for one fold (seeds)",
    )
    parser.add_argument("--fold", nargs="+", help="folds, in the order of the checkpoints")
    parser.add_argument(
        "--part", choices=("test", "validation", "train", "all"), default="test", help="which clips"
    )
    parser.add_argument(
        "--only-shared", action="store_true", help="leave out classes the checkpoint does not know"
    )
    parser.add_argument("--backbone-weights", default="openai", help="OpenAI's weights, if needed")
    parser.add_argument("--cache", type=Path, help="keep the features here, and use what is there")
    parser.add_argument(
        "--precision",
        choices=("auto", "float32", "bf16"),
        default="auto",
        help="arithmetic of both the image tower and the rest",
    )
    parser.add_argument(
        "--skip-bad", action="store_true", help="leave unusable clips out instead of stopping"
    )
    parser.add_argument("--workers", type=int, default=2, help="threads that decode and crop ahead")
    parser.add_argument("--out", type=Path, required=True, help="folder for the results")
    parser.set_defaults(views=1, view_seed=0)


def run(arguments: argparse.Namespace) -> None:
    """Evaluate, then write ``metrics.json`` and ``report.html``."""
    from core.checkpoint import load_checkpoint
    from core.device import choose_device
    from train import inputs
    from train.evaluation import mean_and_deviation
    from train.report.results import write_results_report
    from train.run_folder import describe_environment, write_json

    device = choose_device(arguments.device)
    dataset = inputs.open_data(arguments)
    runs = []
    for source, fold in _pairs(arguments, dataset):
        checkpoint = load_checkpoint(source, backbone_weights=arguments.backbone_weights)
        runs.append(_evaluate(arguments, checkpoint, dataset, fold, device))
        logger.info(
            "%s fold %s: WAR %.4f, UAR %.4f", source, fold, runs[-1]["war"], runs[-1]["uar"]
        )
    results = {
        "data": dataset.name,
        "fingerprint": dataset.fingerprint,
        "part": arguments.part,
        "summary": {name: mean_and_deviation([run[name] for run in runs]) for name in SUMMARISED},
        "runs": runs,
    }
    write_json(arguments.out / "metrics.json", results)
    write_json(arguments.out / "environment.json", describe_environment(str(device)))
    write_results_report(arguments.out / "report.html", results)


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

    from train import inputs
    from train.examination import Subject, examine, latency, match_labels
    from train.features.bank import Gatherer

    fold = inputs.choose_fold(dataset, fold_name)
    everything = np.concatenate([fold.train, fold.validation, fold.test])
    wanted = everything if arguments.part == "all" else getattr(fold, arguments.part)
    candidates = match_labels(
        dataset, checkpoint.config.model.labels, wanted, only_shared=arguments.only_shared
    )
    bank = _features(arguments, checkpoint, dataset, device, candidates.rows)
    candidates = replace(candidates, rows=candidates.rows[bank.lengths[candidates.rows] > 0])
    gatherer = Gatherer(bank, device, 0)
    subject = Subject.from_checkpoint(checkpoint, device)
    figures = examine(subject, gatherer, candidates, precision=arguments.precision)
    times = {"latency_ms": latency(subject)}
    return {"checkpoint": checkpoint.name, "fold": fold_name, **figures, **times}


def _features(
    arguments: argparse.Namespace,
    checkpoint: "Checkpoint",
    dataset: "Dataset",
    device: "torch.device",
    rows: "Rows",
) -> "FeatureBank":
    """Features in the checkpoint's backbone: from the cache as far as they are there."""
    from core.model.backbones import hash_weights
    from train import inputs
    from train.features.encode import encode_dataset
    from train.features.extraction import extract
    from train.features.store import FeatureStore

    settings = checkpoint.config.model
    backbone = checkpoint.model.backbone
    config = settings.backbone
    loaded = inputs.LoadedBackbone(backbone.to(device), config, settings.preprocess)
    if arguments.cache is None:
        encoder = _encoder(arguments, loaded, dataset, views=1)
        return encode_dataset(encoder, rows.tolist(), skip_bad=arguments.skip_bad)
    identity = config.sha256 or hash_weights(backbone)
    key = inputs.store_key(arguments, dataset, loaded, identity)
    store = FeatureStore.with_plain_view(arguments.cache, key, dataset)
    encoder = _encoder(arguments, loaded, dataset, views=store.key.views)
    extract(encoder, store, skip_bad=arguments.skip_bad)
    return store.open()


def _encoder(
    arguments: argparse.Namespace, loaded: "LoadedBackbone", dataset: "Dataset", *, views: int
) -> "ClipEncoder":
    from train.features.encode import ClipEncoder

    return ClipEncoder(
        loaded.model,
        dataset,
        loaded.preprocess,
        views=views,
        seed=arguments.view_seed,
        workers=arguments.workers,
        precision=arguments.precision,
    )
