"""Command line options that several training commands share."""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import ConfigError, DataError

if TYPE_CHECKING:
    import torch

    from core.config import BackboneConfig, PreprocessConfig
    from core.model.backbone import FrozenClip
    from train.config import FitConfig
    from train.data.dataset import Dataset, Fold
    from train.features.bank import FeatureBank
    from train.features.store import StoreKey

LAYOUTS = ("dfew", "ferv39k", "mafw", "folders", "table", "canvas")


@dataclass(frozen=True)
class LoadedBackbone:
    """A frozen CLIP with the settings that belong to it."""

    model: "FrozenClip"
    config: "BackboneConfig"
    preprocess: "PreprocessConfig"


def add_data(parser: argparse.ArgumentParser) -> None:
    """Where the clips are."""
    parser.add_argument(
        "--data", type=Path, nargs="+", required=True, metavar="PATH", help="root folder or file(s)"
    )
    parser.add_argument(
        "--layout", choices=LAYOUTS, required=True, help="how the data are laid out"
    )
    parser.add_argument(
        "--frames", metavar="FOLDER", help="frame folders under the root, if not the official ones"
    )
    parser.add_argument(
        "--classes",
        type=lambda text: tuple(text.split(",")),
        metavar="A,B,…",
        help="order of the classes of folders and tables (default: ours)",
    )
    parser.add_argument(
        "--detector",
        choices=("none", "auto", "scrfd", "yunet", "haar", "center"),
        help="face detector; none if the frames are face crops (default: as the layout needs)",
    )
    parser.add_argument(
        "--recipe",
        choices=("jitter", "fixed", "resized"),
        default="jitter",
        help="random views of videos: 80-100 %% crops, the paper's 112/120, or DFER-CLIP's",
    )


def add_backbone(parser: argparse.ArgumentParser) -> None:
    """Which frozen CLIP."""
    parser.add_argument(
        "--backbone",
        required=True,
        help="folder of a FaceCLIP, or ViT-L-14, ViT-B-16, ViT-B-32 (OpenAI)",
    )
    parser.add_argument(
        "--backbone-weights",
        default="openai",
        metavar="FILE",
        help="local file with OpenAI's weights (default: the hub or its cache)",
    )
    parser.add_argument(
        "--preprocess",
        action="append",
        default=[],
        type=read_setting,
        metavar="NAME=VALUE",
        help="change the image input of an OpenAI backbone, for instance crop_scale=1.3, "
        "detail_px=112 (the paper's 120 → 112 → 224) or image_size=112",
    )


def add_features(parser: argparse.ArgumentParser) -> None:
    """Where features are stored and what they hold."""
    parser.add_argument("--cache", type=Path, required=True, help="folder of the stored features")
    parser.add_argument(
        "--views", type=int, default=8, help="one plain view and this many less 1 random"
    )
    parser.add_argument(
        "--precision",
        choices=("auto", "float32", "bf16"),
        default="auto",
        help="arithmetic of the image tower; bf16 pays on processors with AMX",
    )
    parser.add_argument("--view-seed", type=int, default=0, help="seed of the random views")


def add_device(parser: argparse.ArgumentParser) -> None:
    """Where to compute."""
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")


def add_settings(parser: argparse.ArgumentParser) -> None:
    """How to train."""
    parser.add_argument("--preset", type=Path, help="JSON file of settings (default: the paper's)")
    parser.add_argument(
        "--set",
        dest="settings",
        action="append",
        default=[],
        type=read_setting,
        metavar="NAME=VALUE",
        help="change one setting, for instance tokens.sentences=8 or stages.0.epochs=10",
    )


def open_settings(arguments: argparse.Namespace) -> "FitConfig":
    """The preset with single settings changed."""
    from core.settings import parse_settings
    from train.config import FitConfig, override

    config = FitConfig()
    if arguments.preset:
        try:
            data = json.loads(arguments.preset.read_text())
        except (OSError, ValueError) as error:
            raise ConfigError(f"{arguments.preset} is not readable JSON ({error})") from error
        config = parse_settings(FitConfig, data, source=str(arguments.preset))
    return override(config, arguments.settings)


def choose_fold(dataset: "Dataset", name: str | None) -> "Fold":
    """The fold of that name, or the first."""
    names = [fold.name for fold in dataset.folds]
    if name is None:
        return dataset.folds[0]
    if name not in names:
        raise DataError(f"{dataset.name} has no fold {name!r}; choose {', '.join(names)}")
    return dataset.folds[names.index(name)]


def open_data(arguments: argparse.Namespace) -> "Dataset":
    """Read the lists of the dataset."""
    from train.data.layouts import DataOptions, open_dataset

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


def open_backbone(arguments: argparse.Namespace, device: "torch.device") -> LoadedBackbone:
    """Load the frozen CLIP and find out its identity."""
    from core.config import BackboneConfig, PreprocessConfig
    from core.model.backbones import hash_weights, load_face_clip, load_openai
    from core.settings import parse_settings

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
    dataset: "Dataset",
    backbone: LoadedBackbone,
    identity: str | None = None,
) -> "StoreKey":
    """Identity of the features that the options ask for.

    Args:
        arguments: Parsed options of ``add_features``.
        dataset: Where the clips come from.
        backbone: What encodes them.
        identity: Hash of its weights, where its settings do not hold it.
    """
    from train.features.store import StoreKey

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
    arguments: argparse.Namespace, dataset: "Dataset", backbone: LoadedBackbone
) -> "FeatureBank":
    """The stored features of a dataset."""
    from train.features.store import FeatureStore

    store = FeatureStore.for_dataset(
        arguments.cache, store_key(arguments, dataset, backbone), dataset
    )
    return store.open()


def read_setting(text: str) -> tuple[str, Any]:
    """Split ``name=value``; the value is JSON, or plain text where it is none."""
    name, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form name=value")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
