"""A checkpoint folder: what it holds, how it is written and strictly read."""

from core.checkpoint.backbone import OpenedBackbone, load_backbone
from core.checkpoint.baseline import checkpoint_of, with_labels, zero_shot_checkpoint, zero_shot_of
from core.checkpoint.format import Calibration, Checkpoint, CheckpointCard, CheckpointConfig
from core.checkpoint.load import SHIPPED, load_checkpoint
from core.checkpoint.save import save_checkpoint
from core.checkpoint.settings import parse_config

__all__ = [
    "SHIPPED",
    "Calibration",
    "Checkpoint",
    "CheckpointCard",
    "CheckpointConfig",
    "OpenedBackbone",
    "checkpoint_of",
    "load_backbone",
    "load_checkpoint",
    "parse_config",
    "save_checkpoint",
    "with_labels",
    "zero_shot_checkpoint",
    "zero_shot_of",
]
