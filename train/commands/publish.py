"""``train publish``: put a checkpoint and its card on the Hugging Face hub."""

import argparse
import logging
from pathlib import Path

logger = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument(
        "run", type=Path, metavar="RUN", help="run folder (its chosen checkpoint), or a checkpoint"
    )
    parser.add_argument("repository", metavar="OWNER/NAME", help="where on the hub")
    parser.add_argument(
        "--public",
        action="store_true",
        help="let everybody see a new repository; the licence of the training data may forbid it",
    )


def run(arguments: argparse.Namespace) -> None:
    """Check the checkpoint, upload it, and say how it is loaded from there."""
    from train.report.publication import find_checkpoint, publish

    folder = find_checkpoint(arguments.run)
    address = publish(folder, arguments.repository, public=arguments.public)
    logger.info("%s is at %s", folder, address)
    logger.info("python -m core.predict VIDEO --checkpoint %s", arguments.repository)
