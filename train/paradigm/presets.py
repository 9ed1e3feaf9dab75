"""The settings that methods are trained from, kept as JSON files."""

import json
from pathlib import Path

from core.errors import ConfigError
from core.settings import parse_settings
from train.paradigm.config import FitConfig

PRESETS = Path(__file__).parents[1] / "presets"


def default_preset(method: str | None) -> Path | None:
    """The preset that a method is trained from; None for the paper's own settings."""
    path = PRESETS / f"{method}.json"
    return path if path.is_file() else None


def open_preset(path: Path | None) -> FitConfig:
    """Read a preset; without one, the paper's settings.

    Raises:
        ConfigError: Not a readable preset.
    """
    if path is None:
        return FitConfig()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} is not readable JSON ({error})") from error
    return parse_settings(FitConfig, data, source=str(path))
