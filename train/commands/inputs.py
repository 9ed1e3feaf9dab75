"""From command line options to data, backbones, settings and stored features."""

import argparse
import json
import logging
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from core.config import BackboneConfig, ModelConfig, PreprocessConfig
from core.descriptions import read_descriptions
from core.errors import ConfigError, DataError
from core.model.backbone import FrozenClip
from core.model.backbones import hash_weights, load_face_clip, load_openai
from core.settings import parse_settings
from train.cues.gathering import open_cues
from train.data.dataset import Dataset, Fold
from train.data.layouts.registry import DataOptions, open_dataset
from train.data.split import with_validation
from train.features.bank import FeatureBank, Gatherer
from train.features.pictures import PictureGatherer
from train.features.store import FeatureStore, StoreKey
from train.paradigm.config import FitConfig, override
from train.paradigm.material import Material
from train.report.card import Origin

logger = logging.getLogger(__name__)

PRESETS = Path(__file__).parents[1] / "presets"


@dataclass(frozen=True)
class LoadedBackbone:
    """A frozen CLIP with the settings that belong to it."""

    model: FrozenClip
    config: BackboneConfig
    preprocess: PreprocessConfig


@dataclass(frozen=True)
class Prepared:
    """Everything that a training needs beside its settings."""

    dataset: Dataset
    backbone: FrozenClip
    base: ModelConfig
    material: Material


def open_training(
    arguments: argparse.Namespace, config: FitConfig, device: torch.device
) -> Prepared:
    """Open data, backbone and stored features, and set a validation part aside."""
    dataset = open_data(arguments)
    backbone = open_backbone(arguments, device)
    bank = open_features(arguments, dataset, backbone)
    fold = choose_fold(dataset, arguments.fold)
    fold = with_validation(dataset, fold, config.validation_share, config.seed)
    base = ModelConfig(
        labels=dataset.class_names, backbone=backbone.config, preprocess=backbone.preprocess
    )
    fold = without_empty(fold, bank.lengths)
    gatherer = Gatherer(bank, device, int(arguments.memory_gb * 1e9))
    clips = {part: len(getattr(fold, part)) for part in ("train", "validation", "test")}
    origin = Origin(
        data=dataset.name,
        fingerprint=dataset.fingerprint,
        fold=fold.name,
        clips=tuple(clips.items()),
        command=" ".join(["python", "-m", "train", *sys.argv[1:]]),
    )
    pictures = PictureGatherer(bank, device, dataset, backbone.preprocess, arguments.view_seed)
    key = store_key(arguments, dataset, backbone)
    cues = open_cues(arguments, dataset, key, backbone.model, bank)
    gatherer.cue_source = pictures.cue_source = cues
    material = Material(gatherer, dataset.labels(), fold, origin, pictures)
    return Prepared(dataset, backbone.model, base, material)


def without_empty(fold: Fold, lengths: NDArray[np.int64]) -> Fold:
    """Leave out clips that have no features, because extraction was told to skip them."""
    kept = [rows[lengths[rows] > 0] for rows in (fold.train, fold.validation, fold.test)]
    lost = sum(map(len, (fold.train, fold.validation, fold.test))) - sum(map(len, kept))
    if lost:
        logger.warning("%d clips without a face or with damage are left out", lost)
    return Fold(fold.name, *kept)


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


def change(config: FitConfig, arguments: argparse.Namespace) -> FitConfig:
    """Apply --descriptions and --set."""
    changes = list(arguments.settings)
    if arguments.descriptions is not None:
        changes.insert(0, ("options.descriptions", read_descriptions(arguments.descriptions)))
    return override(config, changes)


def default_preset(method: str | None) -> Path | None:
    """The preset that a method is trained from; None for the paper's own settings."""
    path = PRESETS / f"{method}.json"
    return path if path.is_file() else None


def open_preset(path: Path | None) -> FitConfig:
    """Read a preset; without one, the paper's settings.

    Raises:
        ConfigError: Not a readable preset.
    """
    if path is None:
        return FitConfig()
    try:
        data = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} is not readable JSON ({error})") from error
    return parse_settings(FitConfig, data, source=str(path))


def choose_fold(dataset: Dataset, name: str | None) -> Fold:
    """The fold of that name, or the first."""
    names = [fold.name for fold in dataset.folds]
    if name is None:
        return dataset.folds[0]
    if name not in names:
        raise DataError(f"{dataset.name} has no fold {name!r}; choose {', '.join(names)}")
    return dataset.folds[names.index(name)]


def open_data(arguments: argparse.Namespace) -> Dataset:
    """Read the lists of the dataset."""
    return open_dataset(
        DataOptions(
            paths=arguments.data,
            layout=arguments.layout,
            frames=arguments.frames,
            classes=arguments.classes,
            detector=arguments.detector,
            recipe=arguments.recipe,
        )
    )


def open_backbone(arguments: argparse.Namespace, device: torch.device) -> LoadedBackbone:
    """Load the frozen CLIP and find out its identity."""
    if Path(arguments.backbone).is_dir():
        if arguments.preprocess:
            raise ConfigError(
                "the image input of a FaceCLIP belongs to its folder: no --preprocess"
            )
        model, folder = load_face_clip(Path(arguments.backbone))
        return LoadedBackbone(model.to(device), folder.backbone, folder.preprocess)
    preprocess = parse_settings(PreprocessConfig, dict(arguments.preprocess), source="--preprocess")
    model = load_openai(
        arguments.backbone, arguments.backbone_weights, image_size=preprocess.image_size
    )
    config = BackboneConfig(name=arguments.backbone, sha256=hash_weights(model))
    return LoadedBackbone(model.to(device), config, preprocess)


def store_key(
    arguments: argparse.Namespace,
    dataset: Dataset,
    backbone: LoadedBackbone,
    identity: str | None = None,
) -> StoreKey:
    """Identity of the features that the options ask for.

    Args:
        arguments: Parsed options of ``add_features``.
        dataset: Where the clips come from.
        backbone: What encodes them.
        identity: Hash of its weights, where its settings do not hold it.
    """
    return StoreKey(
        dataset=dataset.name,
        data=dataset.fingerprint,
        backbone=identity or backbone.config.sha256,
        width=backbone.model.embed_dim,
        preprocess=backbone.preprocess,
        detector=dataset.detector,
        recipe=dataset.recipe,
        views=arguments.views,
        seed=arguments.view_seed,
        precision=arguments.precision,
    )


def open_features(
    arguments: argparse.Namespace, dataset: Dataset, backbone: LoadedBackbone
) -> FeatureBank:
    """The stored features of a dataset."""
    store = FeatureStore.for_dataset(
        arguments.cache, store_key(arguments, dataset, backbone), dataset
    )
    return store.open()
