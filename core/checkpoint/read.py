"""Read a checkpoint folder, strictly: whatever is wrong with it is one sentence."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.checkpoint.format import Checkpoint, CheckpointCard, CheckpointConfig
from core.checkpoint.locate import locate, name_of
from core.checkpoint.settings import parse_config
from core.checkpoint.size import least_parameters
from core.closed_folder import ClosedFolder
from core.errors import CheckpointError
from core.model.backbone import FrozenClip
from core.model.backbones import build_untrained, check_identity, fill, reject_unfinite
from core.model.build import build_model
from core.model.method import Method
from core.weights.load import DEFAULT_WEIGHTS, load_clip

MAX_MAP_BYTES = 64 * 2**20
# Factor on similarities: CLIP's is 100, and calibration divides by 0.001 at least.
MAX_LOG_SCALE = math.log(1e5)


def read_checkpoint(source: str | Path, backbone_weights: str = DEFAULT_WEIGHTS) -> Checkpoint:
    """Read a checkpoint folder or hub repository; see ``load_checkpoint``."""
    folder = locate(source)
    files = ClosedFolder(folder, CheckpointError)
    config = parse_config(files.object("config.json"), source=f"{folder.name}/config.json")
    state = _read_weights(files, config.weights_sha256)
    if sum(tensor.numel() for tensor in state.values()) < least_parameters(config.model):
        raise CheckpointError(
            f"{source} does not fit its own config, which asks for a larger model"
        )
    derived = {name: _take(state, f"derived.{name}") for name in DERIVED}
    backbone, identity = _backbone(config, backbone_weights)
    model = build_model(config.model, backbone)
    _set_phase(model, config)
    holder = torch.nn.ModuleDict(dict(model.parts()))
    if config.model.backbone.is_ours:
        holder["backbone"] = backbone.clip
    fill(holder, state, source=str(source))
    check_identity(backbone, config.model.backbone, found=identity)
    _check_values(model, derived, source)
    return Checkpoint(
        name=name_of(source),
        config=config,
        model=model.eval().requires_grad_(False),
        class_vectors=derived["class_vectors"],
        sentence_features=derived["sentence_features"],
        card=_read_card(files),
        map=files.object("map.json", MAX_MAP_BYTES) if files.has("map.json") else None,
    )


DERIVED = ("class_vectors", "sentence_features")


def _read_weights(files: ClosedFolder, sha256: str) -> dict[str, Tensor]:
    state, found = files.weights("model.safetensors")
    if sha256 and found != sha256:
        raise CheckpointError(
            f"{files.path / 'model.safetensors'} is not the file that config.json describes "
            f"(sha256 {found[:12]}…, expected {sha256[:12]}…): it was edited or belongs to another "
            "checkpoint"
        )
    return {
        name: tensor.float() if tensor.is_floating_point() else tensor
        for name, tensor in state.items()
    }


def _take(state: dict[str, Tensor], name: str) -> Tensor:
    if name not in state:
        raise CheckpointError(f"the checkpoint has no {name!r}; write it again with this version")
    return state.pop(name)


def _backbone(config: CheckpointConfig, weights: str) -> tuple[FrozenClip, str]:
    """The towers, and their hash where it is known; ours are yet to be filled."""
    backbone = config.model.backbone
    if backbone.is_ours:
        return build_untrained(backbone), ""
    if weights == DEFAULT_WEIGHTS and backbone.weights:
        weights = backbone.weights
    size = config.model.preprocess.image_size
    recorded = backbone.activation or "quick-gelu"
    loaded = load_clip(backbone.name, weights, recorded=recorded, image_size=size)
    return loaded.model, loaded.config.sha256


def _set_phase(model: Method, config: CheckpointConfig) -> None:
    if config.method not in {"", config.model.method}:
        raise CheckpointError(
            f"config.json names two methods, {config.method} and {config.model.method}: it was "
            "edited or put together from two files"
        )
    phases = [phase.name for phase in model.PHASES]
    if phases and config.phase not in {"", *phases}:
        raise CheckpointError(
            f"{model.TITLE} has no phase {config.phase!r}; it can be {', '.join(phases)}"
        )
    model.phase = config.phase or model.phase


def _check_values(model: Method, derived: Mapping[str, Tensor], source: str | Path) -> None:
    classes, sentences = model.sentence_shape
    width = model.backbone.embed_dim
    shapes: dict[str, tuple[int, ...]] = {
        name: tuple(tensor.shape) for name, tensor in derived.items()
    }
    found, stored = shapes["class_vectors"], shapes["sentence_features"]
    if stored != (classes, sentences, width):
        raise CheckpointError(
            f"{source} stores sentence features of shape {stored}, but its config asks for "
            f"{(classes, sentences, width)}; write it again"
        )
    with torch.no_grad():
        wanted = tuple(model.align_text(derived["sentence_features"]).shape)
    if found != wanted:
        raise CheckpointError(
            f"{source} stores class vectors of shape {found}, but its config asks for {wanted}; "
            "write it again"
        )
    for name, tensor in derived.items():
        if not tensor.is_floating_point():
            raise CheckpointError(
                f"{source} stores derived.{name} as {tensor.dtype}; write it again"
            )
    reject_unfinite(derived, source)
    scale = float(model.comparison.log_scale.detach())
    if abs(scale) > MAX_LOG_SCALE:
        raise CheckpointError(
            f"{source} multiplies similarities by e^{scale:.4g}, which no training reaches; it is "
            "damaged"
        )


def _read_card(files: ClosedFolder) -> CheckpointCard:
    figures: dict[str, Any] = files.object("metrics.json") if files.has("metrics.json") else {}
    return CheckpointCard(
        markdown=files.text("README.md")
        if files.has("README.md")
        else "This checkpoint has no model card.",
        metrics=figures,
        is_demo=bool(figures.get("demo", not figures)),
    )
