"""Read ``config.json``, also one that was written before some of its settings existed."""

from typing import Any

from core.checkpoint.format import CheckpointConfig
from core.settings import parse_settings

# What a model was whose file does not say: the defaults of new models may be others.
BEFORE: dict[str, dict[str, Any]] = {
    "synchronizer": {
        "position_start": "normal",
        "position_deviation": 0.02,
        "position_place": "blocks",
    },
}


def parse_config(data: object, *, source: str) -> CheckpointConfig:
    """Build the settings of a checkpoint from the contents of its ``config.json``.

    Args:
        data: As read.
        source: Where from, for the message.

    Raises:
        ConfigError: Unknown keys, wrong types or values out of range.
    """
    model = data.get("model") if isinstance(data, dict) else None
    if isinstance(data, dict) and isinstance(model, dict):
        older = {
            part: BEFORE[part] | given
            for part, given in model.items()
            if part in BEFORE and isinstance(given, dict)
        }
        data = data | {"model": model | older}
    return parse_settings(CheckpointConfig, data, source=source)
