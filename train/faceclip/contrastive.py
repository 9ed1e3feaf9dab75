"""Train FaceCLIP: two towers on captioned still faces.

The loss is CLIP's, made aware of labels: many images of a batch deserve many of its captions, so
the target of an image is spread over every caption of its expression, and the other way round.
"""

import json
import logging
import math
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from open_clip.model import CLIP
from torch import Tensor, nn

from core.config import BackboneConfig
from core.device import image_arithmetic
from core.errors import BackboneError
from core.labels import SEVEN
from core.model.backbones import misfits
from core.model.faceclip import build_face_clip
from train.data.views import center_view, random_view
from train.faceclip.average import AveragedModel
from train.faceclip.config import PretrainConfig
from train.faceclip.losses import label_aware_loss
from train.faceclip.naming import score_stills
from train.faceclip.optimizer import hold_blocks, make_optimizer, set_rate
from train.faceclip.package_start import Weights, start_from_package
from train.faceclip.stills.captions import draw_captions
from train.faceclip.stills.sources import Stills
from train.faceclip.strides import stride_in_float32
from train.faceclip.targets import mix_up, soft_targets
from train.faceclip.teachers import Lessons, Teacher, lessons_from, text_tower_for
from train.runtime.disk import replacing
from train.runtime.run_folder import write_history
from train.runtime.states import before, has_state, newest_first

logger = logging.getLogger(__name__)

# Faces on which the normalisations of a start from elsewhere are measured.
STATISTICS_FACES = 512


class Pretraining:
    """One training run; its state can be saved after any epoch and continued exactly.

    Args:
        backbone: Architecture of the towers.
        config: How to train them.
        stills: Training faces.
        weights: ``(N,)`` relative chance of drawing each still.
        folder: Where state, history and the averaged weights go.
        device: Where to compute. Faces lie there, too, and are varied there; the same seed draws
            other views on another kind of device.
    """

    def __init__(
        self,
        backbone: BackboneConfig,
        config: PretrainConfig,
        stills: Stills,
        weights: NDArray[np.float64],
        folder: Path,
        device: torch.device,
    ) -> None:
        torch.manual_seed(config.seed)
        self.config, self.stills, self.folder, self.device = config, stills, folder, device
        self.size, self.mirror = backbone.native_size, backbone.mirror
        self.weights = torch.from_numpy(weights).to(device)
        self.images = torch.from_numpy(stills.images).to(device)
        self.labels = torch.from_numpy(stills.labels).to(device)
        # Drawn on the processor: the start is the same everywhere.
        self.model = build_face_clip(backbone).to(device, memory_format=torch.channels_last)
        with torch.no_grad():
            self.model.logit_scale.fill_(math.log(config.logit_scale))
        self.classifier = nn.Linear(int(backbone.embed_dim or 0), len(SEVEN)).to(device)
        self.average = AveragedModel(self.model, config.average_decay)
        stride_in_float32(self.model, device)
        self.tokenizer = open_clip.SimpleTokenizer()
        self.optimizer = make_optimizer(self.model, self.classifier, config)
        self.epoch = 0
        self.history: list[dict[str, Any]] = []
        self.lessons: Lessons | None = None

    def start_from(self, towers: CLIP) -> None:
        """Start with the weights of an earlier run; its scale of the cosines is kept, too.

        Raises:
            BackboneError: It has other towers.
        """
        state = towers.state_dict()
        if problems := misfits(self.model.state_dict(), state):
            raise BackboneError(f"the start has other towers than the run: {problems}")
        self.model.load_state_dict(state)
        self.average.model.load_state_dict(state)

    def start_from_package(self, weights: Weights) -> None:
        """Start the image tower with a network that knows faces; see ``package_start``."""
        faces = center_view(self.images[:: max(1, len(self.images) // STATISTICS_FACES)], self.size)
        start_from_package(self.model, weights, faces)
        self.average.model.load_state_dict(self.model.state_dict())

    def learn_from(self, teachers: Sequence[Teacher]) -> None:
        """Learn from earlier towers: the first one's features, and what all of them say.

        A new run goes on from the first one's text tower. The student then moves into a space
        where captions already have their places; starting both towers at once from random weights
        costs many epochs.

        Args:
            teachers: The first has features and a text tower of the same widths.

        Raises:
            BackboneError: Its widths are other ones.
        """
        text = text_tower_for(self.model, teachers[0])
        if self.epoch == 0:
            self.model.load_state_dict(text, strict=False)
            self.average.model.load_state_dict(text, strict=False)
        if self.config.distillation or self._imitation_weight():
            self.lessons = lessons_from(teachers, self.images)

    @property
    def steps_per_epoch(self) -> int:
        """Optimiser steps of one epoch."""
        return self.config.draws_per_epoch // self.config.batch_size

    def train_epoch(self) -> float:
        """Run one epoch and return the mean loss."""
        generator = torch.Generator(self.device)
        generator.manual_seed(self.config.seed * 10_007 + self.epoch)
        captions = random.Random(self.config.seed * 10_007 + self.epoch)
        drawn = torch.multinomial(
            self.weights, self.config.draws_per_epoch, replacement=True, generator=generator
        )
        self.model.train()
        hold_blocks(self.model, self.config.frozen_blocks if self._is_early() else 0)
        size = self.size_at(self.epoch)
        total = 0.0
        for step in range(self.steps_per_epoch):
            done = self.epoch * self.steps_per_epoch + step
            set_rate(self.optimizer, self.config, done, self.config.epochs * self.steps_per_epoch)
            rows = drawn[step * self.config.batch_size :][: self.config.batch_size]
            loss = self._step(rows, size, captions, generator)
            total += loss
            if step % 25 == 0:
                logger.info("epoch %d step %d loss %.3f", self.epoch, step, loss)
        self.epoch += 1
        return total / self.steps_per_epoch

    def _is_early(self) -> bool:
        return self.epoch < round(self.config.frozen_share * self.config.epochs)

    def size_at(self, epoch: int) -> int:
        """Side of the training images in an epoch (from 0) [px]."""
        early = epoch < round(self.config.early_share * self.config.epochs)
        return min(self.config.early_image_size, self.size) if early else self.size

    def _step(
        self, rows: Tensor, size: int, captions: random.Random, generator: torch.Generator
    ) -> float:
        strength, zoom = self.config.variation, self.config.zoom
        images = random_view(self.images[rows], size, generator, strength=strength, zoom=zoom)
        opinions = self.lessons.opinions[rows] if self.lessons else None
        targets = soft_targets(self.labels[rows], opinions, self.config)
        weight = self._imitation_weight() if self.lessons else 0.0
        # Without lessons nothing is taught, but mixing wants something of the same length.
        taught = self.lessons.features[rows] if self.lessons else targets
        if self.config.mixup:
            parts = [images, targets, taught]
            images, targets, taught = mix_up(parts, self.config.mixup, generator)
        ids = self.tokenizer(draw_captions(self.config.captions_per_class, captions))
        with image_arithmetic(self.device):
            seen = self.model.encode_image(images.to(memory_format=torch.channels_last)).float()
            named = self.model.encode_text(ids.to(self.device)).float()
        scale = self.model.logit_scale.exp().clamp(max=100.0)
        cosines = F.normalize(seen, dim=-1) @ F.normalize(named, dim=-1).T
        loss = label_aware_loss(scale * cosines, targets)
        loss += self.config.classifier_weight * F.cross_entropy(self.classifier(seen), targets)
        if weight:
            loss += weight * (1 - F.cosine_similarity(seen, taught, dim=-1)).mean()
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.average.update(self.model)
        return loss.item()

    def _imitation_weight(self) -> float:
        """Falls in a straight line, epoch by epoch, to zero."""
        epochs = self.config.imitation_share * self.config.epochs
        return self.config.imitation_weight * max(0.0, 1 - self.epoch / epochs) if epochs else 0.0

    def save(self) -> None:
        """Write state and history of the run, whole or not at all, and keep the state before."""
        state = {
            "epoch": self.epoch,
            "history": json.dumps(self.history),
            "model": self.model.state_dict(),
            "classifier": self.classifier.state_dict(),
            "average": self.average.model.state_dict(),
            "average_steps": self.average.steps,
            "optimizer": self.optimizer.state_dict(),
        }
        path = self.folder / "state.pt"
        with replacing(path, keep=before(path)) as partial:
            torch.save(state, partial)
        write_history(self.folder / "history.jsonl", self.history)

    def resume(self) -> bool:
        """Continue from the saved state, if there is one, or from the one before a damaged one.

        Raises:
            TrainingError: Both are damaged, or of another run.
        """
        path = self.folder / "state.pt"
        if not has_state(path):
            return False
        newest_first(path, self._restore)
        return True

    def _restore(self, path: Path) -> None:
        state: dict[str, Any] = torch.load(path, map_location=self.device, weights_only=True)
        self.history = json.loads(state["history"])
        self.model.load_state_dict(state["model"])
        self.classifier.load_state_dict(state["classifier"])
        self.average.model.load_state_dict(state["average"])
        self.average.steps = state["average_steps"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch = state["epoch"]

    def run(self, validation: Stills) -> None:
        """Train to the end; after each epoch score the averaged weights and save the state."""
        while self.epoch < self.config.epochs:
            start = time.monotonic()
            loss = self.train_epoch()
            scores = score_stills(self.average.model, validation, self.size, mirror=self.mirror)
            record = {"epoch": self.epoch, "loss": loss, "seconds": time.monotonic() - start}
            record |= scores
            self.history.append(record)
            self.save()
            logger.info("%s", record)
