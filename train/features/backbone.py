"""The frozen CLIP whose features are stored, with the settings that belong to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch

from core.checkpoint import Checkpoint, load_backbone
from core.config import BackboneConfig, PreprocessConfig
from core.model.backbone import FrozenClip
from core.model.backbones import hash_weights


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
        source: Anything that ``core.checkpoint.load_backbone`` takes.
        weights: Of one of OpenAI's architectures that is asked for by name.
        preprocess: Changes to the image input of one of OpenAI's, by name.
        device: Where to compute.

    Raises:
        ConfigError: No such settings, or a FaceCLIP, which has its own.
        BackboneError: The weights cannot be had.
        CheckpointError: The source is a checkpoint with something wrong.
    """
    opened = load_backbone(source, weights, dict(preprocess))
    return LoadedBackbone(opened.model.to(device), opened.config, opened.preprocess)
