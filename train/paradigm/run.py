"""A run of the training paradigm: stages in order, saved often, continued exactly."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from core.config import ModelConfig
from core.errors import ConfigError, TrainingError
from core.labels import neutral_place
from core.model.backbone import FrozenClip
from core.model.build import build_model
from core.results import EpochRecord
from core.settings import dump_settings
from train.paradigm.config import FitConfig
from train.paradigm.epoch_plan import plan_epoch
from train.paradigm.film import is_film_epoch
from train.paradigm.loop import Loop, hash_seed
from train.paradigm.material import Material
from train.paradigm.outputs import RunOutputs
from train.paradigm.stages import Stage
from train.paradigm.state import RunState, load_own_weights, load_state, own_weights
from train.runtime import parallel
from train.runtime.compilation import compile_parts
from train.runtime.disk import replacing
from train.runtime.run_folder import write_history
from train.runtime.states import has_state
from train.scoring.judge import Judge
from train.watching.watcher import Watcher


class Fitting:
    """One training run.

    Args:
        backbone: The frozen CLIP, on its device.
        base: Labels, backbone and preprocessing of the model to make.
        config: How to train.
        material: What to train on.
        folder: The run folder.
        half: Write checkpoints in half precision.
        watchers: Told of every epoch.
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
        watchers: Sequence[Watcher] = (),
    ) -> None:
        self.config = config
        # Only the first of several processes has anything to tell.
        self.watchers = watchers if parallel.rank() == 0 else ()
        self.model_config = config.model_config(base)
        # Numbers are drawn on the CPU, so that every device starts from the same weights.
        torch.manual_seed(config.seed)
        device = material.gatherer.device
        self.model = build_model(self.model_config, backbone.cpu()).to(device)
        compile_parts(self.model, config.compiled, device)
        if self.model.has_own_tower:
            if config.varies_features:
                raise ConfigError(
                    f"identity_jitter {config.identity_jitter} and weakest_change "
                    f"{config.weakest_change} vary stored features, but this model trains an image "
                    "tower on pictures; set them to 0 and 1"
                )
            material = material.for_own_tower()
        self.material = material = material.limited(
            config.train_clips, config.validation_clips, config.seed
        )
        judge = Judge(
            material.gatherer,
            frames=config.frames,
            sampling=config.sampling,
            precision=config.precision,
        )
        self.outputs = RunOutputs(
            folder,
            self.model_config,
            judge,
            material,
            half=half,
            save_every_s=config.save_every_s,
        )
        self.state = RunState()
        self._optimizer_state: dict[str, Any] | None = None

    def resume(self) -> bool:
        """Continue from the saved state, if there is one."""
        if not has_state(self.outputs.state_path):
            return False
        self.state, self._optimizer_state = load_state(self.outputs.state_path, self.model)
        return True

    def begin_after(self, folder: Path) -> None:
        """Start where another run stood between two stages; what it trained is not trained again.

        Args:
            folder: Of that run. Its settings decide the same weights up to there.
        """
        self.state, _ = load_state(folder / "state.pt", self.model)
        if (folder / "film").is_dir():
            with replacing(self.outputs.folder / "film") as partial:
                shutil.copytree(folder / "film", partial)
        stage = self._stage(self.state.stage - 1)
        stage.end()
        self.outputs.save_checkpoint(f"checkpoint-{stage.settings.phase}", self.model)
        self.outputs.save(self.state, self.model, None, now=True)

    def run(self) -> dict[str, Any]:
        """Run every stage that is left and write checkpoints and metrics.

        Returns:
            Contents of ``metrics.json``; empty in all processes but the first.

        Raises:
            TrainingError: Training diverged; the last good state becomes ``checkpoint-last``.
        """
        self.run_stages(len(self.config.stages))
        metrics = self._finish() if parallel.rank() == 0 else {}
        for watcher in self.watchers:
            watcher.finish(metrics)
        return metrics

    def run_stages(self, count: int) -> None:
        """Run what is left of the first stages and stop between them and the next one.

        Raises:
            TrainingError: See ``run``.
        """
        for watcher in self.watchers:
            watcher.begin(self.state.history)
        if self.model.remembers:
            self._remember()
        if not self.state.history:
            if self.config.stages:
                self.model.phase = self.config.stages[0].phase
            self.outputs.snapshot(self.model, 0, "start", None)
        while self.state.stage < count:
            try:
                self._run_stage()
            except TrainingError as error:
                raise TrainingError(f"{error}; {self._rescue()}") from error

    def _remember(self) -> None:
        """Show the model some training clips, always the same ones."""
        rows = self.material.some_of_each_class(self.model.remembers, self.config.seed)
        features = self.outputs.judge.frame_features(self.model, rows)
        device = self.material.gatherer.device
        self.model.remember(
            features.to(device), torch.from_numpy(self.material.labels[rows]).to(device)
        )

    def _stage(self, index: int) -> Stage:
        stages = self.config.stages
        before = [stage.phase for stage in stages[:index]]
        return Stage(self.model, stages[index], self.config, before=before)

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
            labels=self.material.targets(self.config.vote_share),
            neutral=neutral_place(self.model_config.labels),
            seed=hash_seed(self.config.seed, self.state.stage),
        )
        epochs = range(self.state.epoch, stage.settings.epochs)
        for epoch in epochs:
            self._epoch(loop, epoch)
            for watcher in self.watchers:
                watcher.epoch(self.state.history)
            self.outputs.save(self.state, self.model, optimizer)
        stage.end()
        if not self._is_last_stage:
            self._take_best()
            self.outputs.save_checkpoint(f"checkpoint-{phase}", self.model)
            self.state.best_score, self.state.best = None, {}
        self.state.stage, self.state.epoch = self.state.stage + 1, 0
        self.outputs.save(self.state, self.model, None, now=True)

    def _epoch(self, loop: Loop, epoch: int) -> None:
        """Train one epoch and keep what is worth keeping of it."""
        stage, gatherer = loop.stage, self.material.gatherer
        plan = plan_epoch(
            self.material.fold.train,
            self.material.labels,
            gatherer.lengths,
            self.config,
            views=gatherer.views,
            seed=(self.config.seed, self.state.stage, epoch),
        )
        result = loop.run_epoch(plan, epoch)
        scores = self.outputs.scores(self.model)
        record = EpochRecord(
            stage=stage.settings.phase,
            epoch=epoch + 1,
            loss=result.loss,
            layers=stage.layers_at(epoch),
            handover=self.model.handover,
            rates=stage.rates_of(loop.optimizer),
            seconds=result.seconds,
            validation=scores,
            layer_shares=result.layer_shares,
            layer_norms=tuple(stage.layer_norms()),
        )
        self.state.history.append(dump_settings(record))
        self.state.epoch = epoch + 1
        is_asked_for = self._is_last_stage or self.config.hands_over == "best"
        if is_asked_for and stage.is_whole(epoch) and scores is not None:
            self._keep_best(parallel.of_first(getattr(scores, self.config.choose_by)))
        if is_film_epoch(epoch + 1, stage.settings.epochs):
            number = (self.state.stage + 1) * 1000 + epoch + 1
            self.outputs.snapshot(self.model, number, f"{record.stage} {epoch + 1}", scores)

    @property
    def _is_last_stage(self) -> bool:
        return self.state.stage == len(self.config.stages) - 1

    def _keep_best(self, figure: float) -> None:
        if self.state.best_score is None or figure > self.state.best_score:
            self.state.best_score, self.state.best = figure, own_weights(self.model)

    def _take_best(self) -> None:
        if self.state.best:
            load_own_weights(self.model, self.state.best)

    def _finish(self) -> dict[str, Any]:
        """Write the last weights, then the best ones."""
        if self.config.stages:
            self._stage(len(self.config.stages) - 1).end()
        self.outputs.save_checkpoint("checkpoint-last", self.model)
        self._take_best()
        write_history(self.outputs.folder / "history.jsonl", self.state.history)
        return self.outputs.finish(self.model)

    def _rescue(self) -> str:
        """Turn the last good state into a checkpoint after a failure."""
        if not has_state(self.outputs.state_path):
            return "nothing was saved yet"
        state, _ = load_state(self.outputs.state_path, self.model)
        # Between two stages the weights are those of the one that ended.
        index = state.stage if state.epoch else max(state.stage - 1, 0)
        self._stage(index).end()
        self.outputs.save_checkpoint("checkpoint-last", self.model)
        return f"{self.outputs.folder / 'checkpoint-last'} holds the last good weights"
