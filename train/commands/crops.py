"""``train crops``: cut the faces out of every frame once, for methods that train an image tower."""

import argparse
import logging
from pathlib import Path

from train.commands.options.clips import add_data
from train.commands.options.features import add_reading
from train.commands.options.values import at_least_one

logger = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    add_data(parser)
    parser.add_argument("--crops", type=Path, required=True, help="folder of the stored squares")
    parser.add_argument(
        "--crop-scale",
        type=float,
        default=1.0,
        help="side as a multiple of the face square, where a detector finds the faces (default 1)",
    )
    parser.add_argument(
        "--most-px",
        type=at_least_one,
        default=224,
        help="reduce larger squares to this side; at 224 px (default) they are what is read "
        "without them, bit by bit",
    )
    add_reading(parser)


def run(arguments: argparse.Namespace) -> None:
    """Cut out; run again after an interruption to continue."""
    import torch

    from train.commands.inputs.opening import open_data
    from train.crops.cutting import CropMaker
    from train.crops.store import CropStore
    from train.features.extraction import extract
    from train.runtime.parallel import process_group

    with process_group(torch.device("cpu")):
        # What is asked for is made from the clips themselves.
        folder, arguments.crops = arguments.crops, None
        maker = CropMaker(
            open_data(arguments),
            crop_scale=arguments.crop_scale,
            most_px=arguments.most_px,
            workers=arguments.workers,
        )
        store = CropStore.for_key(folder, maker.key, maker.dataset)
        seconds = extract(maker, store, skip_bad=arguments.skip_bad)
        logger.info("%d clips in %s, %.0f s", len(maker.dataset.records), store.folder, seconds)
