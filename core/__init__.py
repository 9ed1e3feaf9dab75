"""The A3lign-DFER model and everything needed to run it on a video."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.checkpoint import load_checkpoint
    from core.errors import A3LignError
    from core.live import LiveSession
    from core.live_result import LiveFace, LiveResult
    from core.prediction import FrameSeries, Prediction, Progress
    from core.predictor import Predictor, load_predictor
    from core.saved.read import SavedResult, read_result

__all__ = [
    "A3LignError",
    "FrameSeries",
    "LiveFace",
    "LiveResult",
    "LiveSession",
    "Prediction",
    "Predictor",
    "Progress",
    "SavedResult",
    "load_checkpoint",
    "load_predictor",
    "read_result",
]

_HOMES = {
    "A3LignError": "core.errors",
    "LiveSession": "core.live",
    "FrameSeries": "core.prediction",
    "LiveFace": "core.live_result",
    "LiveResult": "core.live_result",
    "Prediction": "core.prediction",
    "Progress": "core.prediction",
    "Predictor": "core.predictor",
    "SavedResult": "core.saved.read",
    "load_checkpoint": "core.checkpoint",
    "load_predictor": "core.predictor",
    "read_result": "core.saved.read",
}


def __getattr__(name: str) -> Any:
    """Import the public names on first use: ``core.labels`` alone should not wait for torch."""
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'core' has no attribute {name!r}")
