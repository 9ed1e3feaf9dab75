"""From command line options to data, backbones, settings and stored features."""

import argparse
import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from core.config import ModelConfig
from core.descriptions import read_descriptions
from core.errors import ConfigError
from core.model.backbone import FrozenClip
from train.commands.options import METHODS, read_setting
from train.crops.dataset import CroppedDataset
from train.cues.gathering import CueGatherer, open_cues
from train.data.dataset import Dataset, Rows
from train.data.doctor.soundness import raise_if_untrainable, say_doubts
from train.data.layouts.registry import DataOptions, open_dataset
from train.data.split import PAPER, as_in_the_papers, with_validation, without_empty
from train.data.votes import Votes, read_votes
from train.features import backbone as backbones
from train.features.backbone import LoadedBackbone
from train.features.bank import FeatureBank, Gatherer
from train.features.lengths import frames_of_clips
from train.features.pictures import PictureGatherer
from train.features.request import FeatureRequest
from train.features.source import ClipSource
from train.paradigm.config import FitConfig, override
from train.paradigm.material import Material
from train.paradigm.presets import default_preset, open_preset
from train.report.card import Origin


@dataclass(frozen=True)
class Prepared:
    """Everything that a training needs beside its settings."""

    dataset: Dataset
    backbone: FrozenClip
    base: ModelConfig
    material: Material


@dataclass(frozen=True)
class Opened:
    """Data, backbone and what methods read, before a fold and a method are chosen."""

    dataset: Dataset
    backbone: LoadedBackbone
    gatherer: ClipSource
    pictures: PictureGatherer
    votes: Votes | None = None


def open_features(
    arguments: argparse.Namespace,
    dataset: Dataset,
    backbone: LoadedBackbone,
    device: torch.device,
    configs: Sequence[FitConfig] = (),
) -> Opened:
    """Open what is to be trained on.

    Args:
        arguments: The command line.
        dataset: Where the clips come from.
        backbone: What the trainings stand on.
        device: Where to compute.
        configs: Settings of all of them: where each trains an image tower, no stored features are
            asked for.
    """
    bank = None
    if not configs or not all(config.has_own_tower for config in configs):
        bank = open_bank(arguments, dataset, backbone)
        lengths = bank.lengths
    else:
        lengths = frames_of_clips(dataset, arguments.cache, skip_bad=arguments.skip_bad)
    pictures = PictureGatherer(
        lengths, device, dataset, backbone.preprocess, arguments.view_seed, arguments.workers
    )
    gatherer = Gatherer(bank, device, memory_bytes(arguments)) if bank else pictures
    cues = cues_of(arguments, dataset, backbone, lengths)
    gatherer.cue_source = pictures.cue_source = cues
    votes = read_votes(arguments.votes, dataset) if arguments.votes else None
    return Opened(dataset, backbone, gatherer, pictures, votes)


def open_training(
    arguments: argparse.Namespace,
    config: FitConfig,
    device: torch.device,
    *,
    also: Sequence[FitConfig] = (),
) -> Prepared:
    """Open data, backbone and what the methods read, and set a validation part aside.

    Args:
        arguments: The command line.
        config: Settings of the training; what it shares with the others is taken from it.
        device: Where to compute.
        also: Settings of further ones on the same material.
    """
    dataset, backbone = open_data(arguments), open_backbone(arguments, device)
    opened = open_features(arguments, dataset, backbone, device, [config, *also])
    return prepare(opened, config, arguments.fold)


def prepare(opened: Opened, config: FitConfig, fold_name: str | None) -> Prepared:
    """Choose a fold of what is open, and set a validation part aside as the settings say."""
    dataset, backbone = opened.dataset, opened.backbone
    fold = dataset.fold(fold_name)
    if config.protocol == "paper":
        fold = as_in_the_papers(fold)
    else:
        fold = with_validation(dataset, fold, config.validation_share, config.seed)
    fold = without_empty(dataset, fold, opened.gatherer.lengths)
    if config.stages or len(dataset.class_names) < 2:
        raise_if_untrainable(dataset, fold)
    say_doubts(dataset, fold)
    base = ModelConfig(
        labels=dataset.class_names, backbone=backbone.config, preprocess=backbone.preprocess
    )
    clips = {part: len(getattr(fold, part)) for part in ("train", "validation", "test")}
    origin = Origin(
        data=dataset.name,
        fingerprint=dataset.fingerprint,
        fold=fold.name,
        clips=tuple(clips.items()),
        command=" ".join(["python", "-m", "train", *sys.argv[1:]]),
        protocol=PAPER if config.protocol == "paper" else "",
    )
    material = Material(
        opened.gatherer, dataset.labels(), fold, origin, opened.votes, opened.pictures
    )
    return Prepared(dataset, backbone.model, base, material)


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


def open_settings(arguments: argparse.Namespace) -> FitConfig:
    """The preset with single settings changed.

    Raises:
        ConfigError: The preset is unreadable, wrong, or another method's.
    """
    config = open_preset(arguments.preset or default_preset(arguments.method))
    if arguments.method not in {None, config.method}:
        raise ConfigError(
            f"{arguments.preset} is a preset of {config.method}, but --method asks for "
            f"{arguments.method}"
        )
    return change(config, arguments)


def split_method(text: str) -> tuple[str, list[tuple[str, Any]]]:
    """Take ``NAME:SETTING=VALUE,…`` apart into the method and its settings.

    Raises:
        ConfigError: There is no such method.
    """
    name, _, changes = text.partition(":")
    if name not in METHODS:
        raise ConfigError(f"unknown method {name!r}; choose {', '.join(METHODS)}")
    return name, [read_setting(change) for change in changes.split(",") if change]


def change(config: FitConfig, arguments: argparse.Namespace) -> FitConfig:
    """Apply --descriptions, --protocol and --set."""
    changes = list(arguments.settings)
    if arguments.descriptions is not None:
        changes.insert(0, ("options.descriptions", read_descriptions(arguments.descriptions)))
    if arguments.protocol is not None:
        changes.insert(0, ("protocol", arguments.protocol))
    return override(config, changes)


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


def marks_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """What files beside the clips a training depends on, for its folder to remember."""
    marks: dict[str, Any] = {
        "cues": [str(path) for path in (arguments.cues, arguments.captions) if path]
    }
    if arguments.votes:
        with arguments.votes.open("rb") as stream:
            marks["votes"] = hashlib.file_digest(stream, "sha256").hexdigest()
    return marks


def memory_bytes(arguments: argparse.Namespace) -> int:
    """Up to which size features are held in memory."""
    return int(arguments.memory_gb * 1e9)
