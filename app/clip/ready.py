"""The examples, analysed before anybody asks for them."""

import logging
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from app.examples.shelf import EXAMPLES, ExampleShelf
from app.models.shelf import OpenModel
from core.prediction import Prediction

logger = logging.getLogger(__name__)

KEY = "example"


def keep_ready(model: OpenModel, name: str, predictions: Sequence[Prediction]) -> None:
    """Keep what a model sees in an example; it is forgotten with the model."""
    model.notes[KEY, name] = tuple(predictions)


def find_ready(model: OpenModel, name: str) -> Sequence[Prediction]:
    """What a model sees in an example; empty where nobody has asked yet."""
    found: Sequence[Prediction] = model.notes.get((KEY, name), ())
    return found


def prepare_examples(model: OpenModel, shelf: ExampleShelf) -> threading.Thread:
    """Analyse all examples in the background, one after the other.

    Nothing depends on it: an example that is asked for earlier is analysed like any clip.
    """

    def work() -> None:
        for example in EXAMPLES:
            if find_ready(model, example.name):
                continue
            try:
                with tempfile.TemporaryDirectory() as folder:
                    path = shelf.place(example.name, Path(folder))
                    keep_ready(model, example.name, model.predictor.predict_faces(path))
            except Exception:  # the boundary of a thread that nobody waits for
                logger.exception("the example %s could not be analysed beforehand", example.name)

    thread = threading.Thread(target=work, name="examples", daemon=True)
    thread.start()
    return thread
