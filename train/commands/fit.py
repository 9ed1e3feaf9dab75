"""``train fit``: train a model, A3lign in its three steps, others in theirs."""

import argparse
import logging
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from train.commands import options

if TYPE_CHECKING:
    import torch

logger = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    options.add_data(parser)
    options.add_crops(parser)
    options.add_backbone(parser)
    options.add_features(parser, required=False)
    options.add_reading(parser)
    options.add_device(parser)
    options.add_method(parser)
    options.add_settings(parser)
    options.add_cues(parser)
    options.add_votes(parser)
    options.add_fold(parser)
    options.add_log(parser)
    parser.add_argument("--out", type=Path, required=True, help="run folder")
    parser.add_argument("--resume", action="store_true", help="continue the run in --out")
    parser.add_argument(
        "--half", action="store_true", help="write checkpoints in half precision, for shipping"
    )


def run(arguments: argparse.Namespace) -> None:
    """Train, then score the test part once."""
    from core.device import choose_device
    from train.runtime import parallel

    with parallel.process_group(choose_device(arguments.device)) as device, ExitStack() as user:
        _run(arguments, device, user)


def _run(arguments: argparse.Namespace, device: "torch.device", user: ExitStack) -> None:
    from core.model.backbones import hash_weights
    from train.commands import inputs
    from train.paradigm.folder import begin_folder, describe_run
    from train.paradigm.run import Fitting
    from train.report.training import write_training_report
    from train.runtime import parallel
    from train.runtime.disk import sole_user
    from train.scoring.figures import in_brief
    from train.watching.progress import Progress
    from train.watching.registry import chosen_logs, open_logs

    logs = chosen_logs(arguments.log)
    config = inputs.open_settings(arguments)
    prepared = inputs.open_training(arguments, config, device)
    about = {
        # What it is, not where it lies: files move, and others come to lie in their place.
        "backbone": prepared.base.backbone.sha256 or hash_weights(prepared.backbone),
        "views": arguments.views,
        **inputs.marks_of(arguments),
    }
    described = describe_run(config, prepared.dataset, prepared.material.fold, about)
    if parallel.rank() == 0:
        user.enter_context(sole_user(arguments.out))
        begin_folder(arguments.out, described, arguments.device, resume=arguments.resume)
    line = Progress(hidden=parallel.rank() > 0)
    line.plan("run", [(stage.phase, stage.epochs) for stage in config.stages])
    fitting = Fitting(
        prepared.backbone,
        prepared.base,
        config,
        prepared.material,
        arguments.out,
        half=arguments.half,
        watchers=[*open_logs(logs, arguments.out, described), line.of_run("run", "")],
    )
    if arguments.resume and fitting.resume():
        logger.info("continuing after %d epochs", len(fitting.state.history))
    with closing(line):
        metrics = fitting.run()
    if parallel.rank() == 0:
        write_training_report(arguments.out, metrics, described)
        for part in ("validation", "test"):
            if part in metrics:
                logger.info("%s: %s", part, in_brief(metrics[part]))
