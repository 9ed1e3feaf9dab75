"""Read a checkpoint folder, strictly."""

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from core.checkpoint.baseline import is_zero_shot, zero_shot_checkpoint, zero_shot_of
from core.checkpoint.format import FILES, Checkpoint, CheckpointCard, CheckpointConfig
from core.config import BackboneConfig, ModelConfig
from core.errors import CheckpointError
from core.model.backbone import FrozenClip
from core.model.backbones import (
    OPENAI_NAMES,
    build_untrained,
    check_identity,
    fill,
    load_openai,
)
from core.model.build import build_model
from core.model.method import Method
from core.settings import parse_settings

SHIPPED = Path(__file__).resolve().parents[2] / "assets" / "checkpoint"
SHIPPED_NAME = "faceclip-a3lign"


def load_checkpoint(
    source: str | Path = SHIPPED, *, backbone_weights: str = "openai"
) -> Checkpoint:
    """Read a checkpoint folder or hub repository; nothing is ever unpickled.

    Args:
        source: A folder, or ``owner/name`` on the hub, of any method; or ``zero-shot``, which asks
            the shipped checkpoint's backbone without any training, or ``zero-shot:SOURCE`` for the
            backbone of another checkpoint or one of OpenAI's by name.
        backbone_weights: Where OpenAI's weights are, for a checkpoint that needs them.

    Raises:
        CheckpointError: Missing, damaged, or not what its config says.
        ConfigError: ``config.json`` has unknown or wrong settings.
        BackboneError: The weights of the frozen CLIP cannot be had.
    """
    if is_zero_shot(source):
        return _zero_shot(str(source), backbone_weights)
    folder = _locate(source)
    config = parse_settings(
        CheckpointConfig, _read_json(folder / "config.json"), source=f"{folder.name}/config.json"
    )
    state = _read_weights(folder / "model.safetensors", config.weights_sha256)
    derived = {
        name: _take(state, f"derived.{name}") for name in ("class_vectors", "sentence_features")
    }
    backbone = _backbone(config, backbone_weights)
    model = build_model(config.model, backbone)
    _set_phase(model, config)
    holder = torch.nn.ModuleDict(dict(model.parts()))
    if config.model.backbone.is_ours:
        holder["backbone"] = backbone.clip
    fill(holder, state, source=str(source))
    check_identity(backbone, config.model.backbone)
    return Checkpoint(
        name=_name(source),
        config=config,
        model=model.eval().requires_grad_(False),
        class_vectors=derived["class_vectors"],
        sentence_features=derived["sentence_features"],
        card=_read_card(folder),
        map=_read_json(folder / "map.json") if (folder / "map.json").exists() else None,
    )


def _zero_shot(source: str, backbone_weights: str) -> Checkpoint:
    origin = source.partition(":")[2]
    if origin in OPENAI_NAMES:
        config = ModelConfig(backbone=BackboneConfig(name=origin))  # type: ignore[arg-type]
        return zero_shot_checkpoint(load_openai(origin, backbone_weights), config, name=source)
    trained = load_checkpoint(origin or SHIPPED, backbone_weights=backbone_weights)
    return zero_shot_of(trained, name=source)


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


def _backbone(config: CheckpointConfig, weights: str) -> FrozenClip:
    backbone = config.model.backbone
    if backbone.is_ours:
        return build_untrained(backbone)
    return load_openai(backbone.name, weights, image_size=config.model.preprocess.image_size)


def _name(source: str | Path) -> str:
    """What people are told which checkpoint this is: its folder, or its id on the hub."""
    if not Path(source).exists():
        return str(source)
    folder = Path(source).resolve()
    return SHIPPED_NAME if folder == SHIPPED else folder.name


def _locate(source: str | Path) -> Path:
    path = Path(source)
    if path.is_dir():
        return path
    looks_like_id = (
        isinstance(source, str) and source.count("/") == 1 and not source.startswith(".")
    )
    if path.exists() or not looks_like_id:
        raise CheckpointError(
            f"checkpoint {str(source)!r} is not a folder; pass a folder or a hub id like owner/name"
        )
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(str(source), allow_patterns=list(FILES)))
    # The hub client raises errors of several libraries, depending on what failed.
    except Exception as error:
        raise CheckpointError(
            f"checkpoint {str(source)!r} is no local folder and could not be fetched from the hub "
            f"({type(error).__name__}); check the name and the connection"
        ) from error


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CheckpointError(f"{path.parent} is no checkpoint: {path.name} is missing") from error
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} is not readable JSON ({error})") from error


def _read_weights(path: Path, sha256: str) -> dict[str, Tensor]:
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        state = load_file(path)
    except FileNotFoundError as error:
        raise CheckpointError(f"{path.parent} is no checkpoint: {path.name} is missing") from error
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path} is damaged or cut off ({error}); fetch it again") from error
    if sha256 and found != sha256:
        raise CheckpointError(
            f"{path} is not the file that config.json describes (sha256 {found[:12]}…, expected "
            f"{sha256[:12]}…): it was edited or belongs to another checkpoint"
        )
    return {
        name: tensor.float() if tensor.is_floating_point() else tensor
        for name, tensor in state.items()
    }


def _take(state: dict[str, Tensor], name: str) -> Tensor:
    if name not in state:
        raise CheckpointError(f"the checkpoint has no {name!r}; write it again with this version")
    return state.pop(name)


def _read_card(folder: Path) -> CheckpointCard:
    card = folder / "README.md"
    metrics = folder / "metrics.json"
    figures: dict[str, Any] = _read_json(metrics) if metrics.exists() else {}
    return CheckpointCard(
        markdown=_read_markdown(card),
        metrics=figures,
        is_demo=bool(figures.get("demo", not figures)),
    )


def _read_markdown(card: Path) -> str:
    """Return the model card; what is not UTF-8 in it shows as such, and harms nothing else."""
    try:
        return card.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return "This checkpoint has no model card."
    except OSError as error:
        raise CheckpointError(f"{card} cannot be read ({error.strerror})") from error
