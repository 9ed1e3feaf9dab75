"""The files that a training run writes while it goes and when it ends."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.checkpoint import CheckpointConfig, parse_config, save_checkpoint
from core.config import ModelConfig
from core.model.method import Method
from core.results import Scores
from train.data.dataset import Rows
from train.paradigm.film import Array, Film, mean_answers
from train.paradigm.material import Material
from train.paradigm.state import RunState, save_state
from train.report.card import write_card
from train.runtime import parallel
from train.runtime.disk import replacing
from train.runtime.run_folder import write_history, write_json
from train.scoring.calibrate import fit_calibration
from train.scoring.figures import evaluate_logits
from train.scoring.judge import Judge, Logits, score

# Enough for a steady mean.
MAP_CLIPS = 500
# The map chooses evenly over the classes among these.
MAP_VALIDATION = 2000


class RunOutputs:
    """Writes into the run folder; only the first of several processes does.

    Args:
        folder: The run folder.
        config: Settings of the model.
        judge: Scores and calibrates.
        material: Its validation part is used, and at the very end the test part.
        half: Write checkpoints in half precision.
        save_every_s: Least time between two states [s].
    """

    def __init__(
        self,
        folder: Path,
        config: ModelConfig,
        judge: Judge,
        material: Material,
        *,
        half: bool,
        save_every_s: float,
    ) -> None:
        self.folder, self.config, self.judge = folder, config, judge
        self.labels, self.fold, self.origin = material.labels, material.fold, material.origin
        self.half = half
        self.save_every_s = save_every_s
        self.film = Film(folder)
        self._saved_at = -float("inf")
        self._answers: Array | None = None

    @property
    def state_path(self) -> Path:
        """Where the run's state is kept."""
        return self.folder / "state.pt"

    def scores(self, model: Method) -> Scores | None:
        """Scores on the validation part; None without one."""
        rows = self.fold.validation
        if not len(rows):
            return None
        logits = self.judge.logits(model, rows, self.judge.class_vectors(model))
        scale = float(model.comparison.log_scale.detach().exp())
        self._answers = mean_answers(logits / scale, self.labels[rows])
        return score(logits, self.labels[rows])

    def save(
        self,
        state: RunState,
        model: Method,
        optimizer: torch.optim.Optimizer | None,
        *,
        now: bool = False,
    ) -> None:
        """Write state and history, unless that was done a moment ago."""
        waited = time.monotonic() - self._saved_at
        if parallel.rank() > 0 or not (now or waited >= self.save_every_s):
            return
        save_state(self.state_path, state, model, optimizer)
        write_history(self.folder / "history.jsonl", state.history)
        self._saved_at = time.monotonic()

    def save_checkpoint(self, name: str, model: Method) -> dict[str, Any]:
        """Write the model as it is, calibrated on the validation part; returns its metrics."""
        metrics: dict[str, Any] = {"demo": False}
        if self.origin.protocol:
            metrics["protocol"] = self.origin.protocol
        if parallel.rank() > 0:
            return metrics
        rows = self.fold.validation
        config = CheckpointConfig(model=self.config)
        if len(rows):
            logits = self.judge.logits(model, rows, self.judge.class_vectors(model))
            config = replace(config, calibration=fit_calibration(logits, self.labels[rows]))
            part = "test" if self.origin.protocol else "validation"
            metrics[part] = self._figures(logits, rows, config)
        with replacing(self.folder / name) as partial:
            frozen = model.eval().requires_grad_(False)
            card = write_card(self.config, self.origin, metrics)
            save_checkpoint(partial, frozen, config, metrics=metrics, card=card, half=self.half)
        return metrics

    def _write_clips(self, model: Method) -> None:
        """Keep features of some clips for the map: where videos lie, and its background."""
        if len(rows := self.fold.validation):
            rows = rows[:: -(-len(rows) // MAP_VALIDATION)]
            seen = self.judge.frame_features(model, rows).numpy().astype(np.float16)
            with replacing(self.folder / "validation.npz") as partial, partial.open("wb") as stream:
                np.savez_compressed(stream, features=seen, labels=self.labels[rows])
        rows = self.fold.train[:: -(-len(self.fold.train) // MAP_CLIPS)]
        features = self.judge.frame_features(model, rows).numpy().astype(np.float16)
        with replacing(self.folder / "clips.npy") as partial, partial.open("wb") as stream:
            np.save(stream, features)

    def _figures(self, logits: Logits, rows: Rows, config: CheckpointConfig) -> dict[str, Any]:
        names = self.config.labels
        return evaluate_logits(logits, self.labels[rows], names, config.calibration)

    def snapshot(self, model: Method, number: int, title: str, scores: Scores | None) -> None:
        """Add a picture to the film; ``scores`` are those that were just measured, if any."""
        if parallel.rank() == 0:
            measured = None if scores is None else self._answers
            self.film.take(model, number=number, title=title, scores=scores, answers=measured)

    def finish(self, model: Method) -> dict[str, Any]:
        """Write the chosen weights, score the test part this once, and end the film.

        Returns:
            Contents of ``metrics.json``.
        """
        metrics = self.save_checkpoint("checkpoint", model)
        if len(self.fold.test):
            logits = self.judge.logits(model, self.fold.test, self.judge.class_vectors(model))
            settings = json.loads(
                (self.folder / "checkpoint" / "config.json").read_text(encoding="utf-8")
            )
            config = parse_config(settings, source="checkpoint")
            metrics["test"] = self._figures(logits, self.fold.test, config)
            write_json(self.folder / "checkpoint" / "metrics.json", metrics)
            with replacing(self.folder / "checkpoint" / "README.md") as partial:
                partial.write_text(write_card(self.config, self.origin, metrics), encoding="utf-8")
        write_json(self.folder / "metrics.json", metrics)
        self._write_clips(model)
        self.film.finish()
        return metrics
