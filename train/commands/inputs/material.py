"""Everything that a training needs, from options."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from core.config import ModelConfig
from core.model.backbone import FrozenClip
from train.commands.inputs.opening import (
    cues_of,
    memory_bytes,
    open_backbone,
    open_bank,
    open_data,
)
from train.data.dataset import Dataset
from train.data.doctor.soundness import raise_if_untrainable, say_doubts
from train.data.split import PAPER, as_in_the_papers, with_validation, without_empty
from train.data.votes import Votes, read_votes
from train.features.backbone import LoadedBackbone
from train.features.bank import Gatherer
from train.features.lengths import frames_of_clips
from train.features.pictures import PictureGatherer
from train.features.source import ClipSource
from train.paradigm.config import FitConfig
from train.paradigm.material import Material
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
