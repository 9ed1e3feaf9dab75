"""A run of the training paradigm: stages in order, saved often, continued exactly."""

import logging
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from core.checkpoint import CheckpointConfig, save_checkpoint
from core.config import ModelConfig
from core.errors import TrainingError
from core.model.a3lign import A3lign
from core.model.backbone import FrozenClip
from core.model.build import build_model
from core.results import EpochRecord, Scores
from core.settings import dump_settings
from train import parallel
from train.calibrate import fit_calibration
from train.config import FitConfig
from train.data.dataset import Fold
from train.epoch_plan import plan_epoch
from train.features.bank import Gatherer
from train.film import Film, is_film_epoch
from train.judge import Judge, score
from train.loop import Loop, hash_seed
from train.run_folder import replacing, write_history
from train.stages import Stage
from train.state import (
    RunState,
    load_own_weights,
    load_state,
    own_weights,
    save_state,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Material:
    """What a run learns from.

    Attributes:
        gatherer: Features of the dataset.
        labels: ``(N,)`` label of every clip.
        fold: Training, validation and test rows.
    """

    gatherer: Gatherer
    labels: NDArray[np.int64]
    fold: Fold


class Fitting:
    """One training run.

    Args:
        backbone: The frozen CLIP, on its device.
        base: Labels, backbone and preprocessing of the model to make.
        config: How to train.
        material: What to train on.
        folder: The run folder.
        half: Write checkpoints in half precision.
    """

    def __init__(
        self,
        backbone: FrozenClip,
        base: ModelConfig,
        config: FitConfig,
        material: Material,
        folder: Path,
        *,
        half: bool = False,
    ) -> None:
        self.config, self.material, self.folder = config, material, folder
        self.half = half
        self.model_config = config.model_config(base)
        # Numbers are drawn on the CPU, so that every device starts from the same weights.
        torch.manual_seed(config.seed)
        device = material.gatherer.device
        self.model: A3lign = build_model(self.model_config, backbone.cpu()).to(device)
        self.judge = Judge(
            material.gatherer,
            frames=config.frames,
            sampling=config.sampling,
            precision=config.precision,
        )
        self.film = Film(folder)
        self.state = RunState()
        self._optimizer_state: dict[str, Any] | None = None
        self._saved_at = -float("inf")

    @property
    def state_path(self) -> Path:
        """Where the run's state is kept."""
        return self.folder / "state.pt"

    def resume(self) -> bool:
        """Continue from the saved state, if there is one."""
        if not self.state_path.exists():
            return False
        self.state, self._optimizer_state = load_state(self.state_path, self.model)
        return True

    def run(self) -> None:
        """Run every stage that is left and write the checkpoints.

        Raises:
            TrainingError: Training diverged; the last good state becomes ``checkpoint-last``.
        """
        if not self.state.history:
            self._snapshot(0, "start", None)
        while self.state.stage < len(self.config.stages):
            try:
                self._run_stage()
            except TrainingError as error:
                raise TrainingError(f"{error}; {self._rescue()}") from error
        if parallel.rank() == 0:
            self._finish()

    def _stage(self, index: int) -> Stage:
        settings = self.config.stages[index]
        return Stage(self.model, settings, self.config, follows=index > 0)

    def _run_stage(self) -> None:
        stage = self._stage(self.state.stage)
        phase = stage.settings.phase
        if self.state.epoch == 0:
            torch.manual_seed(hash_seed(self.config.seed, self.state.stage, 1))
            stage.prepare()
        optimizer = stage.optimizer()
        if self._optimizer_state is not None:
            optimizer.load_state_dict(self._optimizer_state)
            self._optimizer_state = None
        loop = Loop(
            self.model,
            stage,
            optimizer,
            gatherer=self.material.gatherer,
            labels=self.material.labels,
            config=self.config,
            seed=hash_seed(self.config.seed, self.state.stage),
        )
        epochs = range(self.state.epoch, stage.settings.epochs)
        bar = tqdm(epochs, desc=phase, unit="epoch", disable=parallel.rank() > 0)
        for epoch in bar:
            record = self._epoch(loop, epoch)
            bar.set_postfix(loss=f"{record.loss:.3f}", **_shown(record.validation))
            self._save(optimizer)
        stage.grown.depth = None
        if self.state.stage < len(self.config.stages) - 1:
            self._save_checkpoint(f"checkpoint-{phase}")
        self.state.stage, self.state.epoch = self.state.stage + 1, 0
        self._save(None, now=True)

    def _epoch(self, loop: Loop, epoch: int) -> EpochRecord:
        """Train one epoch and keep what is worth keeping of it."""
        stage, config = loop.stage, self.config
        plan = plan_epoch(
            self.material.fold.train,
            self.material.labels,
            self.material.gatherer.bank.lengths,
            config,
            views=self.material.gatherer.bank.views,
            seed=(config.seed, self.state.stage, epoch),
        )
        result = loop.run_epoch(plan, epoch)
        scores = self._scores()
        record = EpochRecord(
            stage=stage.settings.phase,
            epoch=epoch + 1,
            loss=result.loss,
            layers=stage.layers_at(epoch),
            handover=self.model.handover,
            rates={group["module"]: group["lr"] for group in loop.optimizer.param_groups},
            seconds=result.seconds,
            validation=scores,
        )
        self.state.history.append(dump_settings(record))
        self.state.epoch = epoch + 1
        is_last_stage = self.state.stage == len(config.stages) - 1
        if is_last_stage and stage.is_whole(epoch) and scores is not None:
            self._keep_best(getattr(scores, config.choose_by))
        if is_film_epoch(epoch + 1, stage.settings.epochs):
            number = (self.state.stage + 1) * 1000 + epoch + 1
            self._snapshot(number, f"{stage.settings.phase} {epoch + 1}", scores)
        return record

    def _scores(self) -> Scores | None:
        rows = self.material.fold.validation
        if not len(rows):
            return None
        logits = self.judge.logits(self.model, rows, self.judge.class_vectors(self.model))
        return score(logits, self.material.labels[rows])

    def _keep_best(self, figure: float) -> None:
        if self.state.best_score is None or figure > self.state.best_score:
            self.state.best_score, self.state.best = figure, own_weights(self.model)

    def _snapshot(self, number: int, title: str, scores: Scores | None) -> None:
        if parallel.rank() == 0:
            if number == 0:
                self.model.phase = self.config.stages[0].phase
            self.film.take(self.model, number=number, title=title, scores=scores)

    def _save(self, optimizer: torch.optim.Optimizer | None, *, now: bool = False) -> None:
        waited = time.monotonic() - self._saved_at
        if parallel.rank() > 0 or not (now or waited >= self.config.save_every_s):
            return
        save_state(self.state_path, self.state, self.model, optimizer)
        write_history(self.folder / "history.jsonl", self.state.history)
        self._saved_at = time.monotonic()

    def _save_checkpoint(self, name: str) -> None:
        """Write the model as it is, calibrated on the validation part."""
        if parallel.rank() > 0:
            return
        rows, labels = self.material.fold.validation, self.material.labels
        config = CheckpointConfig(model=self.model_config)
        metrics: dict[str, Any] = {"demo": False}
        if len(rows):
            logits = self.judge.logits(self.model, rows, self.judge.class_vectors(self.model))
            config = replace(config, calibration=fit_calibration(logits, labels[rows]))
            metrics["validation"] = dump_settings(score(logits, labels[rows]))
        with replacing(self.folder / name) as partial:
            model = self.model.eval().requires_grad_(False)
            save_checkpoint(partial, model, config, metrics=metrics, half=self.half)

    def _finish(self) -> None:
        """Write the last and the best weights, and the film."""
        self.model.phase, self.model.handover = self.config.stages[-1].phase, 1.0
        self._save_checkpoint("checkpoint-last")
        if self.state.best:
            load_own_weights(self.model, self.state.best)
        self._save_checkpoint("checkpoint")
        write_history(self.folder / "history.jsonl", self.state.history)
        self.film.finish()

    def _rescue(self) -> str:
        """Turn the last good state into a checkpoint after a failure."""
        if not self.state_path.exists():
            return "nothing was saved yet"
        state, _ = load_state(self.state_path, self.model)
        index = min(state.stage, len(self.config.stages) - 1)
        if state.epoch == 0 and index:
            index -= 1
        self.model.phase = self.config.stages[index].phase
        self.model.handover = self._stage(index).handover_at(state.epoch or 1e9)
        self._save_checkpoint("checkpoint-last")
        return f"{self.folder / 'checkpoint-last'} holds the last good weights"


def _shown(scores: Scores | None) -> dict[str, str]:
    return {"war": f"{scores.war:.3f}", "uar": f"{scores.uar:.3f}"} if scores else {}
