"""The frozen CLIP that a name, a weight file, a folder or another checkpoint gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.checkpoint.format import FILES
from core.checkpoint.locate import locate, looks_like_id
from core.checkpoint.read import read_checkpoint
from core.closed_folder import ClosedFolder
from core.config import BackboneConfig, ModelConfig, PreprocessConfig
from core.errors import BackboneError, ConfigError
from core.model.architectures import is_name, parse_name
from core.model.backbone import FrozenClip
from core.model.backbones import hash_weights, load_face_clip
from core.settings import parse_settings
from core.weights.files import NAMES
from core.weights.load import DEFAULT_WEIGHTS, load_clip

# Of a hub repository that may hold a checkpoint or somebody's plain CLIP.
WANTED = (*FILES, *NAMES[:2], "open_clip_config.json", "preprocessor_config.json")


@dataclass(frozen=True)
class OpenedBackbone:
    """A frozen CLIP with the settings that belong to it.

    Attributes:
        model: The towers, on the CPU.
        config: What it is, with the hash of its weights.
        preprocess: The image input it is used with.
        trained: Settings of the checkpoint that it was taken from; None for a bare backbone.
    """

    model: FrozenClip = field(repr=False)
    config: BackboneConfig
    preprocess: PreprocessConfig
    trained: ModelConfig | None = None


def load_backbone(
    source: str | Path,
    weights: str = DEFAULT_WEIGHTS,
    preprocess: Mapping[str, Any] | None = None,
) -> OpenedBackbone:
    """Open a backbone.

    Args:
        source: The name of one of OpenAI's architectures; a weight file of one, or a folder with
            it; the folder of a FaceCLIP; or a checkpoint, whose backbone it then is. Folders may
            be named by their hub id.
        weights: For a name, see ``load_clip``.
        preprocess: Changes to the image input of OpenAI's architectures.

    Raises:
        BackboneError: It is none of these, or its weights cannot be had.
        CheckpointError: It is a checkpoint with something wrong.
        ConfigError: The changes are no settings, or the image input cannot be changed.
    """
    changes = dict(preprocess or {})
    if is_name(str(source)):
        return _plain(str(source), weights, changes)
    if Path(source).is_file():
        return _plain(None, str(source), changes)
    if not Path(source).is_dir() and not looks_like_id(source):
        parse_name(str(source))  # says which names there are
    folder = locate(source, WANTED)
    kind = _kind(folder)
    if kind == "plain":
        return _plain(None, str(folder), changes)
    if changes:
        raise ConfigError(f"the image input belongs to {source}: no --preprocess")
    if kind == "face":
        model, settings = load_face_clip(folder)
        return OpenedBackbone(model, settings.backbone, settings.preprocess)
    checkpoint = read_checkpoint(folder, weights)
    config, model = checkpoint.config.model, checkpoint.model.backbone
    identity = config.backbone.sha256 or hash_weights(model)
    return OpenedBackbone(
        model, replace(config.backbone, sha256=identity), config.preprocess, trained=config
    )


def _kind(folder: Path) -> str:
    """``checkpoint``, ``face`` or ``plain``, by what stands in ``config.json``."""
    files = ClosedFolder(folder, BackboneError)
    settings = files.object("config.json") if files.has("config.json") else {}
    if isinstance(settings.get("model"), dict):
        return "checkpoint"
    return "face" if isinstance(settings.get("backbone"), dict) else "plain"


def _plain(name: str | None, weights: str, changes: Mapping[str, Any]) -> OpenedBackbone:
    asked = parse_settings(PreprocessConfig, dict(changes), source="--preprocess")
    base, activation = parse_name(name) if name else (None, None)
    size = asked.image_size if "image_size" in changes else None
    loaded = load_clip(base, weights, activation=activation, image_size=size)
    known: dict[str, Any] = {"image_size": loaded.config.native_size}
    if loaded.colours and not asked.standardise:
        known["colours"] = loaded.colours
    settings = parse_settings(PreprocessConfig, known | dict(changes), source="--preprocess")
    return OpenedBackbone(loaded.model, loaded.config, settings)
