"""From options to data, backbones and stored features."""

import argparse
from dataclasses import replace

import torch

from core.errors import ConfigError
from train.crops.dataset import CroppedDataset
from train.cues.gathering import CueGatherer, open_cues
from train.data.dataset import Dataset, Rows
from train.data.layouts.registry import DataOptions, open_dataset
from train.features import backbone as backbones
from train.features.backbone import LoadedBackbone
from train.features.bank import FeatureBank
from train.features.request import FeatureRequest


def open_data(arguments: argparse.Namespace) -> Dataset:
    """Read the lists of the dataset; its clips come from ``--crops`` where that is given."""
    dataset = open_dataset(
        DataOptions(
            paths=arguments.data,
            layout=arguments.layout,
            frames=arguments.frames,
            classes=arguments.classes,
            detector=arguments.detector,
            recipe=arguments.recipe,
        )
    )
    crops = getattr(arguments, "crops", None)
    return CroppedDataset(dataset, crops) if crops else dataset


def open_backbone(arguments: argparse.Namespace, device: torch.device) -> LoadedBackbone:
    """Load the frozen CLIP that ``add_backbone`` asks for."""
    return backbones.open_backbone(
        arguments.backbone, arguments.backbone_weights, arguments.preprocess, device
    )


def open_bank(
    arguments: argparse.Namespace, dataset: Dataset, backbone: LoadedBackbone
) -> FeatureBank:
    """The stored features that ``add_features`` asks for.

    Raises:
        ConfigError: It is not said where they are.
    """
    if arguments.cache is None:
        raise ConfigError(
            "this method reads stored features: name their folder with --cache, and fill it by "
            "`python -m train extract`"
        )
    return request_of(arguments).stored(arguments.cache, dataset, backbone)


def request_of(arguments: argparse.Namespace) -> FeatureRequest:
    """The features that ``add_views`` asks for, read as ``add_reading`` says where it is asked."""
    request = FeatureRequest(arguments.views, arguments.view_seed, arguments.precision)
    if "workers" not in arguments:
        return request
    return replace(request, workers=arguments.workers, skip_bad=arguments.skip_bad)


def cues_of(
    arguments: argparse.Namespace, dataset: Dataset, backbone: LoadedBackbone, lengths: Rows
) -> CueGatherer | None:
    """The cues that ``add_cues`` names, in the plain backbone's features."""
    return open_cues(
        arguments.cues,
        arguments.captions,
        dataset,
        request_of(arguments).key(dataset, backbone),
        backbone.model,
        lengths,
        limit_bytes=memory_bytes(arguments),
    )


def memory_bytes(arguments: argparse.Namespace) -> int:
    """Up to which size features are held in memory."""
    return int(arguments.memory_gb * 1e9)
