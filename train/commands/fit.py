"""``train fit``: train a model, A3lign in its three steps, others in theirs."""

import argparse
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from train.commands import options

if TYPE_CHECKING:
    import torch

    from train.data.dataset import Dataset, Fold
    from train.paradigm.config import FitConfig

logger = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    options.add_data(parser)
    options.add_backbone(parser)
    options.add_features(parser)
    options.add_device(parser)
    options.add_method(parser)
    options.add_settings(parser)
    options.add_cues(parser)
    options.add_fold(parser)
    parser.add_argument("--out", type=Path, required=True, help="run folder")
    parser.add_argument("--resume", action="store_true", help="continue the run in --out")
    parser.add_argument(
        "--half", action="store_true", help="write checkpoints in half precision, for shipping"
    )


def run(arguments: argparse.Namespace) -> None:
    """Train, then score the test part once."""
    from core.device import choose_device
    from train.runtime import parallel

    with parallel.process_group(choose_device(arguments.device)) as device:
        _run(arguments, device)


def _run(arguments: argparse.Namespace, device: "torch.device") -> None:
    from train.commands import inputs
    from train.paradigm.run import Fitting
    from train.report.training import write_training_report
    from train.runtime import parallel

    config = inputs.open_settings(arguments)
    prepared = inputs.open_training(arguments, config, device)
    fold = prepared.material.fold
    if parallel.rank() == 0:
        _begin_folder(arguments, config, prepared.dataset, fold)
    fitting = Fitting(
        prepared.backbone,
        prepared.base,
        config,
        prepared.material,
        arguments.out,
        half=arguments.half,
    )
    if arguments.resume and fitting.resume():
        logger.info("continuing after %d epochs", len(fitting.state.history))
    metrics = fitting.run()
    if parallel.rank() == 0:
        described = json.loads((arguments.out / "config.json").read_text())
        write_training_report(arguments.out, metrics, described)
        for part in ("validation", "test"):
            if part in metrics:
                logger.info("%s: %s", part, summary(metrics[part]))


def summary(figures: dict[str, Any]) -> str:
    """The three figures that matter most, as text."""
    return ", ".join(f"{name} {figures[name]:.4f}" for name in ("war", "uar", "ece"))


def _begin_folder(
    arguments: argparse.Namespace, config: "FitConfig", dataset: "Dataset", fold: "Fold"
) -> None:
    """Write what the run is; refuse to mix it with another one."""
    from core.errors import TrainingError
    from core.settings import dump_settings
    from train.runtime.run_folder import describe_environment, write_json

    folder: Path = arguments.out
    described = {
        "fit": dump_settings(config),
        "data": {
            "name": dataset.name,
            "fingerprint": dataset.fingerprint,
            "fold": fold.name,
            "train": len(fold.train),
            "validation": len(fold.validation),
            "test": len(fold.test),
        },
        "backbone": arguments.backbone,
        "views": arguments.views,
        "cues": [str(path) for path in (arguments.cues, arguments.captions) if path],
    }
    path = folder / "config.json"
    if (folder / "state.pt").exists():
        if not arguments.resume:
            raise TrainingError(
                f"{folder} already holds a run; pass --resume to continue it, or another --out"
            )
        if json.loads(path.read_text()) != json.loads(json.dumps(described)):
            raise TrainingError(
                f"{folder} was started with other settings or data (see its config.json); repeat "
                "them, or use another --out"
            )
    write_json(path, described)
    write_json(folder / "environment.json", describe_environment(arguments.device))
