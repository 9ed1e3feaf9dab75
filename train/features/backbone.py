"""The frozen CLIP whose features are stored, with the settings that belong to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from core.checkpoint import Checkpoint
from core.config import BackboneConfig, PreprocessConfig
from core.errors import ConfigError
from core.model.backbone import FrozenClip
from core.model.backbones import hash_weights, load_face_clip, load_openai
from core.settings import parse_settings


@dataclass(frozen=True)
class LoadedBackbone:
    """A frozen CLIP on its device.

    Attributes:
        model: The towers.
        config: Their architecture.
        preprocess: Their image input.
    """

    model: FrozenClip
    config: BackboneConfig
    preprocess: PreprocessConfig

    @cached_property
    def identity(self) -> str:
        """sha256 of the weights."""
        return self.config.sha256 or hash_weights(self.model)

    @classmethod
    def of_checkpoint(cls, checkpoint: Checkpoint, device: torch.device) -> "LoadedBackbone":
        """The towers that a checkpoint stands on."""
        settings = checkpoint.config.model
        model = checkpoint.model.backbone.to(device)
        return cls(model, settings.backbone, settings.preprocess)


def open_backbone(
    source: str, weights: str, preprocess: Sequence[tuple[str, Any]], device: torch.device
) -> LoadedBackbone:
    """Load a frozen CLIP and find out its identity.

    Args:
        source: Folder of a FaceCLIP, or the name of one of OpenAI's.
        weights: OpenAI's weights: ``openai`` for the hub or its cache, or a file.
        preprocess: Changes to the image input of one of OpenAI's, by name.
        device: Where to compute.

    Raises:
        ConfigError: No such settings, or a FaceCLIP, which has its own.
        BackboneError: The weights cannot be had.
    """
    if Path(source).is_dir():
        if preprocess:
            raise ConfigError(
                "the image input of a FaceCLIP belongs to its folder: no --preprocess"
            )
        model, folder = load_face_clip(Path(source))
        return LoadedBackbone(model.to(device), folder.backbone, folder.preprocess)
    changed = parse_settings(PreprocessConfig, dict(preprocess), source="--preprocess")
    model = load_openai(source, weights, image_size=changed.image_size)
    named = {"name": source, "sha256": hash_weights(model)}
    config = parse_settings(BackboneConfig, named, source="--backbone")
    return LoadedBackbone(model.to(device), config, changed)
