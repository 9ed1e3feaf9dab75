"""What is said about a model: in the list of models, and to the pages that use it."""

import json
from pathlib import Path
from typing import Any

from app.figures.style import style_data
from app.models.shelf import ModelShelf, OpenModel
from core.checkpoint.baseline import is_zero_shot
from core.predictor import Predictor


def describe(model: OpenModel) -> dict[str, Any]:
    """Return what the page must know about the model in use; JSON-like."""
    predictor = model.predictor
    return {
        "name": model.name,
        "is_demo": predictor.card.is_demo,
        "live": live_settings(predictor),
    }


def live_settings(predictor: Predictor) -> dict[str, Any]:
    """Return what ``live/live.js`` must know of the model in use; JSON-like."""
    return {
        "classes": style_data(predictor.labels)["classes"],
        "device": predictor.device,
        "detector": predictor.detector.name,
        "margin": predictor.checkpoint.config.calibration.margin,
        "can_calibrate": "neutral" in predictor.labels,
    }


def note(shelf: ModelShelf, name: str) -> str:
    """Say in a few words what a model is, without loading it."""
    if name == shelf.own.name:
        model = shelf.own.predictor.checkpoint.config.model
        facts = (model.method, model.backbone.name, f"{len(model.labels)} expressions")
        return f"{', '.join(facts)}; every visit begins with it"
    if is_zero_shot(shelf.source(name)):
        return "a baseline without training: only sentences about each expression"
    source = Path(shelf.source(name))
    if not source.is_dir():
        return "from Hugging Face"
    try:
        config = json.loads((source / "config.json").read_text(encoding="utf-8"))
        model = config["model"]
        method = config.get("method") or model.get("method", "")
        known = [method, model["backbone"]["name"], f"{len(model['labels'])} expressions"]
        return ", ".join(each for each in known if each)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "its settings cannot be read"
