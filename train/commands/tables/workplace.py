"""What the runs behind a table need, opened once and kept while it is used."""

import argparse
import json
import logging
import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from copy import copy
from pathlib import Path
from typing import Any

import torch

from core.errors import A3LignError, DataError
from train.ablation.onlookers import Onlookers
from train.ablation.run import Ablation
from train.commands.inputs.material import Opened, open_features, prepare
from train.commands.inputs.opening import open_backbone, open_data, request_of
from train.commands.inputs.settings import marks_of
from train.features.backbone import LoadedBackbone
from train.features.extraction import extract
from train.features.store import FeatureStore
from train.paradigm.folder import describe_data
from train.runtime.disk import sole_user
from train.runtime.log import configure_logging
from train.tables.pieces import Piece, Scope, work_off
from train.watching.registry import chosen_logs

logger = logging.getLogger(__name__)

PART = "test"
ROWS = f"rows-{PART}.json"


class Workplace:
    """One process at work on tables.

    Args:
        arguments: Of ``train reproduce``.
        device: Where this process computes.
    """

    def __init__(self, arguments: argparse.Namespace, device: torch.device) -> None:
        self.arguments, self.device = arguments, device
        if device.type == "cuda":
            # What is compiled or recorded goes to the current card, whatever its tensors say.
            torch.cuda.set_device(device)
        self.dataset = open_data(arguments)
        self._pieces: Sequence[Piece] = ()
        self._onlookers = Onlookers(chosen_logs(arguments.log))
        self._backbones: dict[str, LoadedBackbone] = {}
        self._opened: dict[str, Opened] = {}
        self._ablations: dict[tuple[Any, ...], Ablation] = {}

    def scope(self) -> Scope:
        """What every line is measured on.

        Raises:
            DataError: A fold is not there or has no test part.
        """
        names = self.arguments.folds or [fold.name for fold in self.dataset.folds]
        for name in names:
            if not len(self.dataset.fold(name).test):
                raise DataError(
                    f"fold {name} of {self.dataset.name} has no test part, of which tables are made"
                )
        lists = (self.arguments.backbone, names, self.arguments.protocol, self.arguments.seeds)
        return Scope(*(list(dict.fromkeys(values)) for values in lists))

    def extract(self, pieces: Sequence[Piece]) -> None:
        """Compute what is missing of the stored features that some pieces read."""
        reading = [piece.backbone for piece in pieces if not piece.config.has_own_tower]
        for name in dict.fromkeys(reading):
            backbone = self._backbone(name)
            request = request_of(self.arguments)
            key = request.key(self.dataset, backbone)
            store = FeatureStore.for_dataset(self.arguments.cache, key, self.dataset)
            extract(request.encoder(self.dataset, backbone), store, skip_bad=request.skip_bad)

    def work_off(self, pieces: Sequence[Piece]) -> list[str]:
        """Work on all pieces that no other process is at; returns what went wrong."""
        self._pieces = pieces
        for piece in pieces:
            self._onlookers.plan(piece.place, piece.config)
        with closing(self._onlookers.line):
            return work_off(pieces, self.work)

    def work(self, piece: Piece) -> None:
        """Train and judge a piece unless that is done.

        Raises:
            BusyError: Another process is at it.
            TrainingError: It diverged.
        """
        ablation, folder = self._ablation(piece), self._folder(piece)
        config = piece.config
        with sole_user(folder):
            ablation.measure(config.method, config, folder, with_steps=piece.has_usual_steps)

    def found(self, piece: Piece) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """The rows of a finished piece, and which fold, seed and folder they are of."""
        folder = self._folder(piece)
        rows = json.loads((folder / ROWS).read_text(encoding="utf-8"))
        about = {"fold": piece.fold, "seed": piece.config.seed, "folder": folder.name}
        return rows, about

    def name_of(self, backbone: str) -> str:
        """What a table calls a backbone."""
        return f"{self._backbone(backbone).config.name} {self._backbone(backbone).identity[:8]}"

    def about(self, scope: Scope) -> dict[str, str]:
        """Facts that a reader of a table needs."""
        return {
            "Data": f"{self.dataset.name}, fingerprint {self.dataset.fingerprint}",
            "Backbones": ", ".join(
                f"{self._backbone(name).config.name} (sha256 {self._backbone(name).identity})"
                for name in scope.backbones
            ),
            "Folds": ", ".join(scope.folds),
            "Seeds": ", ".join(map(str, scope.seeds)),
            "Features": f"{self.arguments.views} view(s) of every frame",
        }

    def _folder(self, piece: Piece) -> Path:
        ablation = self._ablation(piece)
        return ablation.folder / piece.folder_name(ablation.about)

    def _ablation(self, piece: Piece) -> Ablation:
        config = piece.config
        place = (
            piece.backbone,
            piece.fold,
            config.protocol,
            config.validation_share,
            config.seed,
        )
        if place not in self._ablations:
            opened = self._open(piece.backbone)
            prepared = prepare(opened, config, piece.fold)
            about = {
                "data": describe_data(self.dataset, prepared.material.fold),
                "backbone": opened.backbone.identity,
                "views": self.arguments.views,
                **marks_of(self.arguments),
            }
            runs = self.arguments.out / "runs"
            self._ablations[place] = Ablation(
                prepared.backbone,
                prepared.base,
                prepared.material,
                runs,
                PART,
                about,
                self._onlookers.at(piece.place, about),
            )
        return self._ablations[place]

    def _open(self, name: str) -> Opened:
        if name not in self._opened:
            # The features of one backbone fill the memory: those of the last one make room.
            self._opened.clear()
            self._ablations.clear()
            configs = [piece.config for piece in self._pieces if piece.backbone == name]
            self._opened[name] = open_features(
                self._with(name), self.dataset, self._backbone(name), self.device, configs
            )
        return self._opened[name]

    def _backbone(self, name: str) -> LoadedBackbone:
        if name not in self._backbones:
            self._backbones[name] = open_backbone(self._with(name), self.device)
        return self._backbones[name]

    def _with(self, backbone: str) -> argparse.Namespace:
        arguments = copy(self.arguments)
        arguments.backbone = backbone
        return arguments


@contextmanager
def helping_processes(
    arguments: argparse.Namespace, pieces: Sequence[Piece], devices: Sequence[torch.device]
) -> Iterator[None]:
    """One more process per device that works on the same pieces while the block does."""
    context = multiprocessing.get_context("spawn")
    helpers = [
        context.Process(target=_help, args=(arguments, pieces, str(device)), daemon=True)
        for device in devices
    ]
    for helper in helpers:
        helper.start()
    try:
        yield
        for helper in helpers:
            helper.join()
    finally:
        for helper in helpers:
            helper.terminate()


def _help(arguments: argparse.Namespace, pieces: Sequence[Piece], device: str) -> None:
    """Work on what no other process is at; one that fails leaves its share to the others."""
    configure_logging()
    try:
        Workplace(arguments, torch.device(device)).work_off(pieces)
    except A3LignError as error:
        logger.error("a process on %s stopped: %s", device, error)
    except KeyboardInterrupt:
        pass
