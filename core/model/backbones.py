"""Where the frozen CLIP's weights come from: OpenAI's through open_clip, ours from a folder."""

import hashlib
import json
import logging
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import open_clip
import torch
from open_clip.model import CLIP
from pydantic.dataclasses import dataclass
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from core.config import BackboneConfig, PreprocessConfig
from core.errors import BackboneError, CheckpointError
from core.model.backbone import FrozenClip
from core.model.faceclip import build_face_clip
from core.settings import STRICT, dump_settings, parse_settings

logger = logging.getLogger(__name__)

# OpenAI's weights were trained with QuickGELU (A22); the plain names build the wrong activation
# and only warn about it.
OPENAI_NAMES = {
    "ViT-L-14": "ViT-L-14-quickgelu",
    "ViT-B-16": "ViT-B-16-quickgelu",
    "ViT-B-32": "ViT-B-32-quickgelu",
}


PATCH_PX = {"ViT-L-14": 14, "ViT-B-16": 16, "ViT-B-32": 32}
NATIVE_PX = 224


@dataclass(frozen=True, config=STRICT)
class BackboneFolder:
    """Contents of ``config.json`` in a folder that holds a FaceCLIP of its own."""

    backbone: BackboneConfig
    preprocess: PreprocessConfig


def load_openai(name: str, weights: str = "openai", *, image_size: int = NATIVE_PX) -> FrozenClip:
    """Load one of OpenAI's models.

    Args:
        name: A key of ``OPENAI_NAMES``.
        weights: ``openai`` for the hub (or its cache), or a local file.
        image_size: Side of the input [px]; other than 224 the positions of the patches are
            interpolated (A2).

    Raises:
        BackboneError: Unknown name, no whole number of patches, or the weights cannot be had.
    """
    if name not in OPENAI_NAMES:
        raise BackboneError(f"unknown backbone {name!r}; choose {', '.join(OPENAI_NAMES)}")
    if weights != "openai" and not Path(weights).is_file():
        raise BackboneError(f"backbone weights {weights!r} are not a file")
    if image_size % (patch := PATCH_PX[name]):
        raise BackboneError(
            f"{name} cuts its input into squares of {patch} px, and {image_size} px is no multiple "
            "of that; choose another image_size"
        )
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="QuickGELU mismatch")
        try:
            clip = open_clip.create_model(
                OPENAI_NAMES[name],
                pretrained=weights,
                force_image_size=None if image_size == NATIVE_PX else image_size,
            )
        # The hub client raises its own, requests' or httpx's errors, depending on what failed.
        except Exception as error:
            raise BackboneError(
                f"the weights of {name} cannot be loaded ({type(error).__name__}): connect once to "
                "the hub, or download OpenAI's file and pass it with --backbone-weights"
            ) from error
    return FrozenClip(clip)


def build_untrained(config: BackboneConfig) -> FrozenClip:
    """Build a backbone with random weights, for a checkpoint to fill or a benchmark to time."""
    if config.is_ours:
        return FrozenClip(build_face_clip(config), mirror=config.mirror)
    return FrozenClip(open_clip.create_model(OPENAI_NAMES[config.name]))


def hash_weights(backbone: FrozenClip) -> str:
    """sha256 over names, shapes and values of all weights, and their use: a backbone's identity."""
    digest = hashlib.sha256(b"mirror" if backbone.mirror else b"")
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
    try:
        data = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        state = load_file(folder / "model.safetensors")
    except (OSError, ValueError, SafetensorError) as error:
        raise BackboneError(f"{folder} holds no readable FaceCLIP ({error})") from error
    settings = parse_settings(BackboneFolder, data, source=str(folder / "config.json"))
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


def fill(module: torch.nn.Module, state: dict[str, torch.Tensor], *, source: str) -> None:
    """Load a state dictionary strictly.

    Raises:
        CheckpointError: Names of missing, unexpected or misshapen weights.
    """
    wanted = module.state_dict()
    missing = sorted(wanted.keys() - state.keys())
    unexpected = sorted(state.keys() - wanted.keys())
    misshapen = sorted(
        name for name in wanted.keys() & state.keys() if wanted[name].shape != state[name].shape
    )
    problems: dict[str, Any] = {
        "missing": missing,
        "unexpected": unexpected,
        "of another size": misshapen,
    }
    told = [
        f"{len(names)} weights {kind} ({', '.join(names[:3])}{' …' if len(names) > 3 else ''})"
        for kind, names in problems.items()
        if names
    ]
    if told:
        raise CheckpointError(f"{source} does not fit its own config: {'; '.join(told)}")
    module.load_state_dict(state)


def check_identity(backbone: FrozenClip, config: BackboneConfig) -> None:
    """Make sure a backbone is the one the settings were written for.

    Raises:
        CheckpointError: The hashes differ.
    """
    if config.sha256 and (found := hash_weights(backbone)) != config.sha256:
        raise CheckpointError(
            f"this checkpoint was trained on {config.name} weights {config.sha256[:12]}…, but the "
            f"backbone at hand is {found[:12]}…; use the original weights"
        )
