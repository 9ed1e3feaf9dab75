"""``train extract``: compute and store the frozen features of every frame."""

import argparse
import logging

from train.commands.options.clips import add_crops, add_data
from train.commands.options.features import add_backbone, add_features, add_reading
from train.commands.options.machine import add_device

logger = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    add_data(parser)
    add_crops(parser)
    add_backbone(parser)
    add_features(parser)
    add_device(parser)
    add_reading(parser)


def run(arguments: argparse.Namespace) -> None:
    """Extract; run again after an interruption to continue."""
    from core.device import choose_device
    from train.commands.inputs.opening import open_backbone, open_data, request_of
    from train.features.extraction import extract
    from train.features.store import FeatureStore
    from train.runtime.parallel import process_group

    with process_group(choose_device(arguments.device)) as device:
        dataset = open_data(arguments)
        backbone = open_backbone(arguments, device)
        request = request_of(arguments)
        store = FeatureStore.for_dataset(arguments.cache, request.key(dataset, backbone), dataset)
        encoder = request.encoder(dataset, backbone)
        seconds = extract(encoder, store, skip_bad=request.skip_bad)
        logger.info("%d clips in %s, %.0f s", len(dataset.records), store.folder, seconds)
