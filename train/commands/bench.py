"""``train bench``: measure what the short cuts save."""

import argparse
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from train.commands.options.machine import add_device
from train.commands.options.settings import add_changes
from train.commands.options.values import at_least_one

if TYPE_CHECKING:
    import torch

    from train.benchmark.steps import BenchSettings

logger = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    add_device(parser)
    parser.add_argument(
        "--backbone",
        nargs="+",
        choices=("ViT-B-32", "ViT-B-16", "ViT-L-14"),
        default=["ViT-B-32", "ViT-L-14"],
        help="shapes to time, with random weights",
    )
    parser.add_argument("--batch-size", type=int, default=64, help="clips per step (paper: 64)")
    parser.add_argument(
        "--probe-frames",
        type=int,
        help="frames the image tower is timed on and scaled up from (default: a whole batch on "
        "CUDA, 16 elsewhere)",
    )
    parser.add_argument("--repeats", type=int, default=3, help="measurements; the fastest counts")
    parser.add_argument(
        "--precision", choices=("auto", "float32", "bf16"), default="auto", help="arithmetic"
    )
    add_changes(parser, "change one setting of the fit, for instance tokens.sentences=8")
    parser.add_argument(
        "--processes", action="store_true", help="also time one against two processes on the CPU"
    )
    parser.add_argument(
        "--schedule",
        action="store_true",
        help="also run the whole 40/30/30 schedule on synthetic features of DFEW's size: time, "
        "operators and launches of a step, and on CUDA how long the GPU is idle",
    )
    parser.add_argument(
        "--clips", type=at_least_one, default=9356, help="of --schedule (default: DFEW's)"
    )
    parser.add_argument(
        "--clip-frames", type=at_least_one, default=77, help="frames of each (default 77)"
    )
    parser.add_argument("--out", type=Path, help="also write the results as JSON")


def run(arguments: argparse.Namespace) -> None:
    """Time every shape and print seconds and ratios."""
    import torch

    from core.device import choose_device
    from train.benchmark.results import describe, measure
    from train.runtime.run_folder import describe_environment, write_json

    device = choose_device(arguments.device)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
    results = []
    for backbone in arguments.backbone:
        results.append(
            measure(
                _settings(arguments, backbone, device),
                schedule=(arguments.clips, arguments.clip_frames) if arguments.schedule else None,
                processes=arguments.processes,
            )
        )
        sys.stdout.write(describe(results[-1], name))
        sys.stdout.flush()
    if arguments.out:
        write_json(arguments.out, {"results": results, "environment": describe_environment(name)})


def _settings(arguments: argparse.Namespace, name: str, device: "torch.device") -> "BenchSettings":
    from core.config import BackboneConfig
    from core.settings import parse_settings
    from train.benchmark.steps import BenchSettings

    whole_batch = arguments.batch_size * 16
    return BenchSettings(
        backbone=parse_settings(BackboneConfig, {"name": name}, source="--backbone"),
        device=device,
        batch_size=arguments.batch_size,
        probe_frames=arguments.probe_frames or (whole_batch if device.type == "cuda" else 16),
        repeats=arguments.repeats,
        precision=arguments.precision,
        changes=tuple(arguments.settings),
    )
