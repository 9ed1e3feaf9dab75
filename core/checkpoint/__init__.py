"""A checkpoint folder: what it holds, how it is written and strictly read."""

from core.checkpoint.format import Calibration, Checkpoint, CheckpointCard, CheckpointConfig
from core.checkpoint.load import SHIPPED, load_checkpoint
from core.checkpoint.save import save_checkpoint

__all__ = [
    "SHIPPED",
    "Calibration",
    "Checkpoint",
    "CheckpointCard",
    "CheckpointConfig",
    "load_checkpoint",
    "save_checkpoint",
]
