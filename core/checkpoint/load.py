"""Open a checkpoint by what people call it."""

from pathlib import Path

from core.checkpoint.backbone import load_backbone
from core.checkpoint.baseline import is_zero_shot, zero_shot_checkpoint
from core.checkpoint.format import Checkpoint
from core.checkpoint.locate import SHIPPED, SHIPPED_NAME
from core.checkpoint.read import read_checkpoint
from core.config import ModelConfig
from core.weights.load import DEFAULT_WEIGHTS

__all__ = ["SHIPPED", "SHIPPED_NAME", "load_checkpoint"]


def load_checkpoint(
    source: str | Path = SHIPPED, *, backbone_weights: str = DEFAULT_WEIGHTS
) -> Checkpoint:
    """Read a checkpoint folder or hub repository; nothing is ever unpickled or run.

    Args:
        source: A folder, or ``owner/name`` on the hub, of any method; or ``zero-shot``, which asks
            the shipped checkpoint's backbone without any training, or ``zero-shot:SOURCE`` for the
            backbone of another checkpoint or anything else that ``load_backbone`` takes.
        backbone_weights: Weights of OpenAI's architectures, for a checkpoint that needs them; see
            ``load_clip``. ``openai`` gives way to what the checkpoint says it was trained on.

    Raises:
        CheckpointError: Missing, damaged, or not what its config says.
        ConfigError: ``config.json`` has unknown or wrong settings.
        BackboneError: The weights of the frozen CLIP cannot be had.
    """
    if not is_zero_shot(source):
        return read_checkpoint(source, backbone_weights)
    opened = load_backbone(str(source).partition(":")[2] or SHIPPED, backbone_weights)
    base = opened.trained or ModelConfig(backbone=opened.config, preprocess=opened.preprocess)
    return zero_shot_checkpoint(opened.model, base, name=str(source))
