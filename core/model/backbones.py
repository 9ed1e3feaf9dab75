"""Our own FaceCLIP in a folder, and what makes a frozen CLIP the same as another."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from open_clip.model import CLIP
from pydantic.dataclasses import dataclass
from safetensors.torch import save_file
from torch import Tensor

from core.backbone_config import Activation
from core.closed_folder import ClosedFolder
from core.config import BackboneConfig, PreprocessConfig
from core.errors import A3LignError, BackboneError, CheckpointError
from core.model.architectures import build_clip
from core.model.backbone import FrozenClip
from core.model.faceclip import build_face_clip
from core.settings import STRICT, dump_settings, parse_settings


@dataclass(frozen=True, config=STRICT)
class BackboneFolder:
    """Contents of ``config.json`` in a folder that holds a FaceCLIP of its own."""

    backbone: BackboneConfig
    preprocess: PreprocessConfig


def build_untrained(config: BackboneConfig) -> FrozenClip:
    """Build a backbone with random weights, for a checkpoint to fill or a benchmark to time."""
    if config.is_ours:
        return FrozenClip(build_face_clip(config), mirror=config.mirror)
    activation = config.activation or "quick-gelu"
    return FrozenClip(build_clip(config.name, activation), variant=variant_of(activation))


def variant_of(activation: Activation) -> str:
    """What ``FrozenClip`` is told; OpenAI's activation has no name, as in older checkpoints."""
    return "" if activation == "quick-gelu" else activation


def hash_weights(backbone: FrozenClip) -> str:
    """sha256 over names, shapes and values of all weights, and their use: a backbone's identity."""
    digest = hashlib.sha256(b"mirror" if backbone.mirror else b"")
    digest.update(backbone.variant.encode())
    for name, tensor in sorted(backbone.clip.state_dict().items()):
        digest.update(f"{name}{tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().float().contiguous().numpy().tobytes())
    return digest.hexdigest()


def save_face_clip(
    folder: Path, clip: CLIP, config: BackboneConfig, preprocess: PreprocessConfig
) -> BackboneConfig:
    """Write a FaceCLIP to a folder in half precision.

    The weights are rounded in place, so that what is trained on top of the model in memory also
    fits the file. Scales, biases and running statistics keep full precision.

    Returns:
        The architecture with the hash of the rounded weights.
    """
    with torch.no_grad():
        for tensor in clip.state_dict().values():
            if tensor.ndim > 1:
                tensor.copy_(tensor.half())
    backbone = FrozenClip(clip, mirror=config.mirror)
    config = replace(config, sha256=hash_weights(backbone))
    folder.mkdir(parents=True, exist_ok=True)
    save_file(compact(clip.state_dict()), folder / "model.safetensors")
    settings = dump_settings(BackboneFolder(config, preprocess))
    (folder / "config.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    return config


def load_face_clip(folder: Path) -> tuple[FrozenClip, BackboneFolder]:
    """Read what ``save_face_clip`` wrote.

    Raises:
        BackboneError: Not such a folder, or its weights are damaged.
    """
    files = ClosedFolder(folder, BackboneError)
    settings = parse_settings(
        BackboneFolder, files.object("config.json"), source=str(folder / "config.json")
    )
    if not settings.backbone.is_ours:
        raise BackboneError(f"{folder} is to hold a {settings.backbone.name}, not a FaceCLIP")
    state, _ = files.weights("model.safetensors")
    backbone = build_untrained(settings.backbone)
    fill(backbone.clip, state, source=str(folder))
    check_identity(backbone, settings.backbone)
    return backbone, settings


def compact(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Halve matrices and kernels for storage; vectors stay as they are."""
    return {
        name: (tensor.half() if tensor.ndim > 1 else tensor).contiguous().cpu()
        for name, tensor in state.items()
    }


def misfits(wanted: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> str:
    """Say in words which weights are missing, unexpected or of another size; empty if none are."""
    problems = {
        "missing": wanted.keys() - state.keys(),
        "unexpected": state.keys() - wanted.keys(),
        "of another size": {
            name for name in wanted.keys() & state.keys() if wanted[name].shape != state[name].shape
        },
    }
    return "; ".join(
        f"{len(names)} weights {kind} ({', '.join(sorted(names)[:3])}{' …' * (len(names) > 3)})"
        for kind, names in problems.items()
        if names
    )


def reject_unfinite(
    state: Mapping[str, Tensor], source: object, error: type[A3LignError] = CheckpointError
) -> None:
    """Refuse weights that would turn every answer into the first class.

    Raises:
        A3LignError: Of the kind asked for, with the name of a weight that is NaN or infinite.
    """
    for name, tensor in state.items():
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise error(f"{source} is damaged: {name} holds NaN or infinity; fetch it again")


def fill(module: torch.nn.Module, state: Mapping[str, Tensor], *, source: str) -> None:
    """Load a state dictionary strictly.

    Raises:
        CheckpointError: Names of missing, unexpected, misshapen or infinite weights.
    """
    if told := misfits(module.state_dict(), state):
        raise CheckpointError(f"{source} does not fit its own config: {told}")
    reject_unfinite(state, source)
    module.load_state_dict(state)


def check_identity(backbone: FrozenClip, config: BackboneConfig, *, found: str = "") -> None:
    """Make sure a backbone is the one the settings were written for.

    Args:
        backbone: The one at hand.
        config: The settings.
        found: Its hash, where that is known.

    Raises:
        CheckpointError: The hashes differ.
    """
    found = found or (hash_weights(backbone) if config.sha256 else "")
    if config.sha256 and found != config.sha256:
        raise CheckpointError(
            f"this checkpoint was trained on {config.name} weights {config.sha256[:12]}…, but the "
            f"backbone at hand is {found[:12]}…; use the original weights"
        )
