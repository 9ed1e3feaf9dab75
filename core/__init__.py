"""The A3lign-DFER model and everything needed to run it on a video."""

from core.errors import A3LignError
from core.live import LiveSession
from core.prediction import FrameSeries, LiveResult, Prediction, Progress
from core.predictor import Predictor, load_predictor

__all__ = [
    "A3LignError",
    "FrameSeries",
    "LiveResult",
    "LiveSession",
    "Prediction",
    "Predictor",
    "Progress",
    "load_predictor",
]
