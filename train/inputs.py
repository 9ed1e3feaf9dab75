"""From command line options to data, backbones, settings and stored features."""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import torch

from core.config import BackboneConfig, ModelConfig, PreprocessConfig
from core.errors import ConfigError, DataError
from core.model.backbone import FrozenClip
from core.model.backbones import hash_weights, load_face_clip, load_openai
from core.settings import parse_settings
from train.config import FitConfig, override
from train.data.dataset import Dataset, Fold
from train.data.layouts import DataOptions, open_dataset
from train.features.bank import FeatureBank, Gatherer
from train.features.store import FeatureStore, StoreKey
from train.fitting import Material
from train.split import with_validation


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
    gatherer = Gatherer(bank, device, int(arguments.memory_gb * 1e9))
    return Prepared(dataset, backbone.model, base, Material(gatherer, dataset.labels(), fold))


def open_settings(arguments: argparse.Namespace) -> FitConfig:
    """The preset with single settings changed."""
    config = FitConfig()
    if arguments.preset:
        try:
            data = json.loads(arguments.preset.read_text())
        except (OSError, ValueError) as error:
            raise ConfigError(f"{arguments.preset} is not readable JSON ({error})") from error
        config = parse_settings(FitConfig, data, source=str(arguments.preset))
    return override(config, arguments.settings)


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
        data=dataset.fingerprint(),
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
