"""``train fit``: train a model, A3lign in its three steps, others in theirs."""

import argparse
import logging
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from train.commands.options.clips import add_crops, add_cues, add_data, add_fold, add_votes
from train.commands.options.features import add_backbone, add_features, add_reading
from train.commands.options.machine import add_device, add_log
from train.commands.options.settings import add_method, add_settings

if TYPE_CHECKING:
    import torch

logger = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    add_data(parser)
    add_crops(parser)
    add_backbone(parser)
    add_features(parser, required=False)
    add_reading(parser)
    add_device(parser)
    add_method(parser)
    add_settings(parser)
    add_cues(parser)
    add_votes(parser)
    add_fold(parser)
    add_log(parser)
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
    from train.commands.inputs.material import open_training
    from train.commands.inputs.settings import marks_of, open_settings
    from train.paradigm.folder import begin_folder, describe_run
    from train.paradigm.run import Fitting
    from train.report.training import write_training_report
    from train.runtime import parallel
    from train.runtime.disk import sole_user
    from train.scoring.figures import in_brief
    from train.watching.progress import Progress
    from train.watching.registry import chosen_logs, open_logs

    logs = chosen_logs(arguments.log)
    config = open_settings(arguments)
    prepared = open_training(arguments, config, device)
    about = {
        # What it is, not where it lies: files move, and others come to lie in their place.
        "backbone": prepared.base.backbone.sha256 or hash_weights(prepared.backbone),
        "views": arguments.views,
        **marks_of(arguments),
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
