"""Write a checkpoint folder."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from core.checkpoint.format import CheckpointConfig
from core.model.backbones import compact
from core.model.method import Method
from core.settings import dump_settings


def save_checkpoint(
    folder: Path,
    model: Method,
    config: CheckpointConfig,
    *,
    metrics: dict[str, Any] | None = None,
    card: str = "",
    half: bool = False,
) -> None:
    """Write weights and settings; an older checkpoint is replaced file by file, weights first.

    Args:
        folder: Made if missing.
        model: Its backbone is stored only if it is ours, and must otherwise be frozen.
        config: Phase, method and the hash of the weights are filled in here.
        metrics: Measured figures for ``metrics.json``.
        card: Text of the model card.
        half: Store matrices in half precision (for shipping; the loss is a rounding).
    """
    if any(parameter.requires_grad for parameter in model.backbone.parameters()):
        raise ValueError("the backbone is not frozen, so leaving it out would lose training")
    state = _state(model, with_backbone=config.model.backbone.is_ours)
    if half:
        state = compact(state)
    with torch.no_grad():
        sentences = model.sentence_features()
        state["derived.class_vectors"] = model.align_text(sentences).contiguous()
        state["derived.sentence_features"] = sentences.contiguous()
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / "model.safetensors.partial"
    save_file(state, partial)
    settings = dump_settings(config) | {
        "phase": model.phase,
        "method": config.model.method,
        "weights_sha256": hashlib.sha256(partial.read_bytes()).hexdigest(),
    }
    _put(partial, folder / "model.safetensors")
    _write(folder / "config.json", json.dumps(settings, indent=2) + "\n")
    if metrics is not None:
        _write(folder / "metrics.json", json.dumps(metrics, indent=2) + "\n")
    if card:
        _write(folder / "README.md", card)


def _state(model: Method, *, with_backbone: bool) -> dict[str, Tensor]:
    parts: dict[str, torch.nn.Module] = dict(model.parts())
    if with_backbone:
        parts["backbone"] = model.backbone.clip
    return {
        f"{part}.{name}": tensor.detach().cpu().contiguous()
        for part, module in parts.items()
        for name, tensor in module.state_dict().items()
    }


def _write(path: Path, text: str) -> None:
    partial = path.with_suffix(path.suffix + ".partial")
    partial.write_text(text, encoding="utf-8")
    _put(partial, path)


def _put(partial: Path, path: Path) -> None:
    """Let a file take its place once it is on the disk itself, so that a power cut leaves one."""
    with partial.open("rb+") as stream:
        os.fsync(stream.fileno())
    partial.replace(path)
