"""One epoch of training on cached features."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from core.errors import TrainingError
from core.model.method import Method
from train.data.votes import Votes
from train.features.source import ClipSource, Draw
from train.paradigm.augmentation import jitter_identity, weaken_change
from train.paradigm.epoch_plan import EpochPlan
from train.paradigm.stages import Stage
from train.paradigm.text_pass import SentencePass
from train.runtime import parallel
from train.runtime.compilation import begin_step
from train.runtime.precision import arithmetic


@dataclass(frozen=True)
class EpochResult:
    """What an epoch of training gave.

    Attributes:
        loss: Mean over its clips.
        seconds: Time it took [s].
        layer_shares: See ``EpochRecord``.
    """

    loss: float
    seconds: float
    layer_shares: tuple[float, ...]


@dataclass(frozen=True)
class Share:
    """What this process does of a step.

    Attributes:
        draw: Its clips, frames and views.
        batch: Clips of the step over all processes.
        weight: 0 for a process without clips of its own, else 1.
    """

    draw: Draw
    batch: int
    weight: float

    @classmethod
    def of(cls, plan: EpochPlan, batch: slice) -> "Share":
        """This process's part of a batch of an epoch."""
        clips = plan.clips[batch]
        own = parallel.own_share(len(clips))
        is_idle = own.start == own.stop
        if is_idle:
            # More processes than clips: what is summed up needs a part of each, so one clip is
            # worked on and counts nothing.
            own = slice(0, 1)
        draw = clips[own], plan.frames[batch][own], plan.views[batch][own]
        return cls(draw, len(clips), 0.0 if is_idle else 1.0)


class Loop:
    """Trains one stage.

    Args:
        model: The model, on its device.
        stage: The stage, prepared; it knows the settings of the run.
        optimizer: Of the stage.
        gatherer: Features or pictures of the dataset.
        labels: ``(N,)`` label of every clip, or ``(N, K)`` shares of several.
        seed: Of the stage; with the step it decides dropout and the variation of features.
        neutral: The class of resting faces, negative where there is none.
    """

    def __init__(
        self,
        model: Method,
        stage: Stage,
        optimizer: torch.optim.Optimizer,
        *,
        gatherer: ClipSource,
        labels: NDArray[np.int64] | Votes,
        seed: int,
        neutral: int = -1,
    ) -> None:
        self.model, self.stage, self.optimizer = model, stage, optimizer
        self.gatherer, self.config = gatherer, stage.config
        self.seed, self.neutral = seed, neutral
        self.targets = torch.from_numpy(labels).to(gatherer.device)
        self.labels = self.targets if labels.ndim == 1 else self.targets.argmax(1)
        self._sentences: Tensor | None = None
        self._classes: Tensor | None = None

    def run_epoch(self, plan: EpochPlan, epoch: int) -> EpochResult:
        """Train on every clip of a plan.

        Raises:
            TrainingError: The loss or a weight stopped being a finite number.
        """
        start = time.monotonic()
        self.stage.begin_epoch(epoch)
        self._hold_constant_text()
        self.model.train()
        size = self.config.batch_size
        count = len(plan.clips)
        if self.config.drop_last:
            count = max(count - count % size, min(count, size))
        steps = -(-count // size)
        losses = torch.zeros(steps, device=self.gatherer.device)
        factors = []
        shares = [
            Share.of(plan, slice(step * size, min((step + 1) * size, count)))
            for step in range(steps)
        ]
        with closing(self.gatherer.stream([share.draw for share in shares])) as batches:
            for step, (share, features) in enumerate(zip(shares, batches, strict=True)):
                done = epoch + step / steps
                self.model.handover = self.stage.handover_at(done)
                self.stage.set_rates(self.optimizer, done)
                factors.append(self.stage.layer_factors(done))
                begin_step(self.config.compiled)
                torch.manual_seed(hash_seed(self.seed, epoch, step, parallel.rank()))
                losses[step] = self._step(share, features)
        self.model.handover = self.stage.handover_at(epoch + 1)
        parallel.add_up([losses])
        self._check_finite(losses, epoch)
        return EpochResult(
            loss=float(losses.sum() / count),
            seconds=time.monotonic() - start,
            layer_shares=tuple(np.mean(factors, axis=0).tolist()),
        )

    def _step(self, share: "Share", features: Tensor) -> Tensor:
        """One optimiser step; returns the summed loss of this process's clips."""
        clips = share.draw[0]
        cues = self.gatherer.cues(*share.draw)
        rows = torch.from_numpy(clips).to(self.labels.device)
        targets = self.targets[rows]
        if self.config.varies_features:
            features = self._vary(features, self.labels[rows])
        parts = list(_parts(len(clips), self.config.clips_at_once))
        self.optimizer.zero_grad()
        sentences = None
        if self.stage.text() == "trained":
            with arithmetic(features.device, self.config.precision):
                sentences = SentencePass(self.model, in_parts=len(parts) > 1)
        total = torch.zeros((), device=features.device)
        for part in parts:
            ready = self.gatherer.ready(features[part])
            known = cues and {name: cue[part] for name, cue in cues.items()}
            with arithmetic(features.device, self.config.precision):
                logits = self.model(ready, self._class_vectors(sentences), known)
            loss = F.cross_entropy(
                logits, targets[part], label_smoothing=self.config.label_smoothing, reduction="sum"
            )
            loss = loss * share.weight
            (loss / share.batch).backward()  # type: ignore[no-untyped-call]
            total += loss.detach()
        if sentences is not None:
            sentences.backward()
        groups = self.optimizer.param_groups
        trained = [p for group in groups for p in group["params"] if p.grad is not None]
        parallel.add_up(p.grad for p in trained)
        if self.config.gradient_clip:
            torch.nn.utils.clip_grad_norm_(trained, self.config.gradient_clip)
        self.optimizer.step()
        return total

    def _vary(self, features: Tensor, targets: Tensor) -> Tensor:
        config = self.config
        if config.weakest_change < 1:
            features = weaken_change(features, targets == self.neutral, config.weakest_change)
        if config.identity_jitter:
            features = jitter_identity(features, targets, config.identity_jitter)
        return features

    @torch.no_grad()
    def _hold_constant_text(self) -> None:
        """Compute once what no step of this stage changes."""
        if self.stage.text() == "trained" or self._sentences is not None:
            return
        self.model.eval()
        with arithmetic(self.gatherer.device, self.config.precision):
            # Copies: recorded graphs write their next results where these ones are.
            self._sentences = self.model.sentence_features().clone()
            if self.stage.text() == "constant":
                self._classes = self.model.align_text(self._sentences).clone()

    def _class_vectors(self, sentences: SentencePass | None) -> Tensor:
        if sentences is not None:
            return self.model.align_text(sentences.features)
        if self._classes is not None:
            return self._classes
        if self._sentences is None:
            raise ValueError("the text path is constant but was not computed")
        return self.model.align_text(self._sentences)

    def _check_finite(self, losses: Tensor, epoch: int) -> None:
        wrong = (~torch.isfinite(losses)).nonzero()
        where = f"in epoch {epoch + 1} of stage {self.stage.settings.phase!r}"
        advice = "; lower the learning rates and continue from the last good state"
        if len(wrong):
            step = int(wrong[0]) + 1
            raise TrainingError(f"the loss is not finite since step {step} {where}{advice}")
        with torch.no_grad():
            sums = [p.sum() for name in self.stage.rates for p in _parameters(self.model, name)]
            if not bool(torch.isfinite(torch.stack(sums)).all()):
                raise TrainingError(f"a weight is not finite after the last step {where}{advice}")


def _parts(count: int, most: int) -> Iterator[slice]:
    """Cut so many clips into parts of at most ``most``; 0 leaves them whole."""
    most = most or count
    yield from (slice(start, min(start + most, count)) for start in range(0, count, most))


def _parameters(model: Method, name: str) -> list[torch.nn.Parameter]:
    return list(model.get_submodule(name).parameters())


def hash_seed(*numbers: int) -> int:
    """One seed from several numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> np.uint64(1))
