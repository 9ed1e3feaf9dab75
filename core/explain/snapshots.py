"""What a training run kept of itself: the sentences and classes at a few moments."""

from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from core.errors import CheckpointError
from core.prediction import Array

# A title starts with the training step's name; the first snapshot is the untrained model.
START = "start"

REQUIRED = {"sentences", "classes", "scores"}


@dataclass(frozen=True)
class Snapshots:
    """``E`` moments of a training, in order.

    Attributes:
        titles: ``E`` times ``start``, or the step's name and its epochs done, like ``video 10``.
        sentences: ``(E, K, S, D)`` sentence features before any temporal layer.
        classes: ``(E, K, K)`` cosines of the class vectors.
        scores: ``(E, 2)`` WAR and UAR on the validation part, 0-1; NaN where not measured.
        aligned: ``(E, K, S, D)`` the sentences after the temporal layers; None in films of
            earlier versions, like the two below.
        vectors: ``(E, K, D)`` class vectors, what videos are compared with.
        answers: ``(E, K, K)`` mean cosine of the validation clips of each class (row) with each
            class vector; NaN where not measured.
    """

    titles: tuple[str, ...]
    sentences: Array
    classes: Array
    scores: Array
    aligned: Array | None = None
    vectors: Array | None = None
    answers: Array | None = None

    def __len__(self) -> int:
        return len(self.titles)

    @property
    def stages(self) -> NDArray[np.str_]:
        """``(E,)`` names of the training steps."""
        return np.array([title.split()[0] for title in self.titles])


def read_snapshots(path: Path) -> Snapshots:
    """Read the ``film.npz`` of a run folder; nothing is unpickled.

    Raises:
        CheckpointError: Missing, damaged, or its arrays do not belong together.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        titles, sentences = arrays.pop("titles"), arrays["sentences"]
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise CheckpointError(f"{path} holds no readable training film ({error})") from error
    shapes = _shapes(*sentences.shape) if sentences.ndim == 4 and len(sentences) else {}
    known = {name: values for name, values in arrays.items() if name in shapes}
    fits = titles.shape == sentences.shape[:1] and known.keys() >= REQUIRED
    if not fits or any(values.shape != shapes[name] for name, values in known.items()):
        found = {name: values.shape for name, values in arrays.items()}
        raise CheckpointError(f"{path} is no training film: titles {titles.shape}, arrays {found}")
    numbers = {name: np.asarray(values, np.float32) for name, values in known.items()}
    return Snapshots(tuple(str(title) for title in titles), **numbers)


def _shapes(count: int, labels: int, sentences: int, width: int) -> dict[str, tuple[int, ...]]:
    return {
        "sentences": (count, labels, sentences, width),
        "classes": (count, labels, labels),
        "scores": (count, 2),
        "aligned": (count, labels, sentences, width),
        "vectors": (count, labels, width),
        "answers": (count, labels, labels),
    }
