"""``train extract``: compute and store the frozen features of every frame."""

import argparse
import logging

from train.commands import options

logger = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    options.add_data(parser)
    options.add_crops(parser)
    options.add_backbone(parser)
    options.add_features(parser)
    options.add_device(parser)
    options.add_reading(parser)


def run(arguments: argparse.Namespace) -> None:
    """Extract; run again after an interruption to continue."""
    from core.device import choose_device
    from train.commands import inputs
    from train.features.extraction import extract
    from train.features.store import FeatureStore
    from train.runtime.parallel import process_group

    with process_group(choose_device(arguments.device)) as device:
        dataset = inputs.open_data(arguments)
        backbone = inputs.open_backbone(arguments, device)
        request = inputs.request_of(arguments)
        store = FeatureStore.for_dataset(arguments.cache, request.key(dataset, backbone), dataset)
        encoder = request.encoder(dataset, backbone)
        seconds = extract(encoder, store, skip_bad=request.skip_bad)
        logger.info("%d clips in %s, %.0f s", len(dataset.records), store.folder, seconds)
