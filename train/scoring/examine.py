"""Judge one model on clips of a dataset: figures, shuffled frames, latency."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.checkpoint import Calibration, Checkpoint
from core.config import ModelConfig
from core.errors import DataError
from core.model.method import Method
from train.data.dataset import Dataset, Rows
from train.features.source import ClipSource
from train.runtime.precision import Precision
from train.scoring.figures import evaluate_logits
from train.scoring.judge import Judge, Logits, score
from train.scoring.metrics import confusion_matrix

# Orders of the frames that the shuffle test averages over.
SHUFFLES = 5
TIMED = 20


@dataclass(frozen=True)
class Candidates:
    """Clips to judge.

    Attributes:
        rows: Of the dataset.
        labels: ``(N,)`` of every clip of the dataset, in the checkpoint's order; -1 for classes
            it does not know.
    """

    rows: Rows
    labels: Rows


def match_labels(
    dataset: Dataset, labels: tuple[str, ...], rows: Rows, *, only_shared: bool
) -> Candidates:
    """Translate a dataset's labels into a checkpoint's, by name.

    Args:
        dataset: The clips.
        labels: Class names of the checkpoint.
        rows: Clips that are wanted.
        only_shared: Leave clips of classes out that the checkpoint does not know.

    Raises:
        DataError: There are such clips and they are not to be left out, or nothing remains.
    """
    order = np.array([labels.index(n) if n in labels else -1 for n in dataset.class_names])
    translated = order[dataset.labels()]
    unknown = sorted({dataset.class_names[dataset.labels()[r]] for r in rows if translated[r] < 0})
    if unknown and not only_shared:
        raise DataError(
            f"the checkpoint does not know {', '.join(unknown)} (it knows {', '.join(labels)}); "
            "pass --only-shared to leave those clips out"
        )
    kept = rows[translated[rows] >= 0]
    if not len(kept):
        raise DataError("no clip is left to evaluate; is it the right --fold and --part?")
    return Candidates(kept, translated)


@dataclass(frozen=True)
class Subject:
    """What is examined.

    Attributes:
        model: On the device of the features.
        settings: Of the model.
        calibration: Of its probabilities.
        classes: ``(K, P, D)`` vectors to compare with.
    """

    model: Method
    settings: ModelConfig
    calibration: Calibration
    classes: Tensor

    @classmethod
    def from_checkpoint(cls, checkpoint: Checkpoint, device: torch.device) -> "Subject":
        """Bring a loaded checkpoint to a device."""
        return cls(
            checkpoint.model.to(device),
            checkpoint.config.model,
            checkpoint.config.calibration,
            checkpoint.class_vectors.to(device),
        )


def examine(
    subject: Subject,
    gatherer: ClipSource,
    candidates: Candidates,
    *,
    precision: Precision,
) -> dict[str, Any]:
    """All figures of one model on one set of clips.

    Args:
        subject: The model.
        gatherer: Features of the dataset in the model's backbone.
        candidates: What to judge.
        precision: Arithmetic of the transformers.
    """
    settings, model, classes = subject.settings, subject.model, subject.classes
    judge = Judge(
        gatherer,
        frames=settings.frames,
        sampling=settings.sampling,
        precision=precision,
    )
    rows, labels = candidates.rows, candidates.labels[candidates.rows]
    owners, frames = judge.windows(rows)
    # Once for all orders of the frames.
    judge.gatherer = gatherer.for_judging(model, rows[owners], frames, precision=precision)
    logits = judge.logits(model, rows, classes)
    figures = evaluate_logits(logits, labels, settings.labels, subject.calibration)
    shuffled = [
        judge.logits(model, rows, classes, shuffle=np.random.default_rng(seed))
        for seed in range(SHUFFLES)
    ]
    figures |= _order_figures("shuffled", shuffled, labels, figures)
    backwards = judge.logits(model, rows, classes, reverse=True)
    figures |= _order_figures("reversed", [backwards], labels, figures)
    return figures


def _order_figures(
    name: str, logits: list[Logits], labels: Rows, usual: dict[str, Any]
) -> dict[str, Any]:
    """Mean figures over several judgements of other orders; confusions are added up."""
    scores = [score(one, labels) for one in logits]
    classes = len(usual["labels"])
    confusion = sum(confusion_matrix(labels, one.argmax(1), classes) for one in logits)
    found: dict[str, Any] = {f"{name}_confusion": np.asarray(confusion).tolist()}
    for figure in ("war", "uar"):
        mean = float(np.mean([getattr(one, figure) for one in scores]))
        found[f"{name}_{figure}"] = mean
        found[f"{name}_{figure}_change"] = mean - usual[figure]
    return found


@torch.inference_mode()
def latency(subject: Subject) -> dict[str, float]:
    """Median time of one frame through the image tower and one clip through the rest [ms]."""
    settings, model, classes = subject.settings, subject.model, subject.classes
    side, device = settings.preprocess.image_size, classes.device
    frame = torch.zeros(1, 3, side, side, device=device)
    clip = torch.zeros(1, settings.frames, model.backbone.embed_dim, device=device)
    return {
        "encode_frame": _median_ms(lambda: model.encode_frames(frame), device),
        "align_clip": _median_ms(lambda: model(clip, classes), device),
    }


def _median_ms(work: Any, device: torch.device) -> float:
    times = []
    for _ in range(TIMED + 3):
        start = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        times.append(time.perf_counter() - start)
    return float(np.median(times[3:]) * 1e3)
