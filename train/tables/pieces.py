"""The runs behind a table: independent pieces that any number of processes work off together."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.errors import BusyError, TrainingError
from core.settings import dump_settings
from train.ablation.first_step import short_hash
from train.paradigm.config import FitConfig, Protocol
from train.tables.lines import Line

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Piece:
    """One training and its judgement.

    Attributes:
        backbone: As it was asked for.
        fold: Name of the fold.
        config: Settings with seed and protocol.
    """

    backbone: str
    fold: str
    config: FitConfig

    def folder_name(self, about: dict[str, Any]) -> str:
        """Method, place and a hash of everything that the figures depend on.

        Args:
            about: Data, backbone and whatever else counts beside the settings.
        """
        digest = short_hash({"fit": dump_settings(self.config), **about})
        return f"{self.config.method}-fold-{self.fold}-seed-{self.config.seed}-{digest}"

    @property
    def place(self) -> str:
        """Backbone, fold and protocol: what tells two pieces with the same settings apart."""
        return f"{self.backbone.rsplit('/', 1)[-1]} fold {self.fold} {self.config.protocol}"

    @property
    def has_usual_steps(self) -> bool:
        """Whether what its steps reached can stand in a table as after step 1 and 2."""
        return [stage.phase for stage in self.config.stages] == ["text", "video", "joint"]


@dataclass(frozen=True)
class Scope:
    """What every line of a table is measured on.

    Attributes:
        backbones: As they were asked for.
        folds: By name.
        protocols: ``honest``, ``paper`` or both.
        seeds: Of the trainings.
    """

    backbones: Sequence[str]
    folds: Sequence[str]
    protocols: Sequence[Protocol]
    seeds: Sequence[int]

    def pieces(self, line: Line, backbone: str, protocol: Protocol) -> list[Piece]:
        """The runs of one line with one backbone: every fold with every seed."""
        return [
            Piece(backbone, fold, trained(line.config, protocol, seed))
            for fold in self.folds
            for seed in self.seeds
        ]

    def all_pieces(self, lines: Iterable[Line]) -> list[Piece]:
        """Every run once: by backbone and fold, so that little has to be opened again."""
        found: list[Piece] = []
        lines = list(lines)
        for backbone in self.backbones:
            own = [
                piece
                for protocol in self.protocols
                for line in lines
                for piece in self.pieces(line, backbone, protocol)
            ]
            own.sort(key=lambda piece: self.folds.index(piece.fold))
            found += [piece for i, piece in enumerate(own) if piece not in own[:i]]
        return found


def trained(config: FitConfig, protocol: Protocol, seed: int) -> FitConfig:
    """Settings of one run; what they are for does not tell two runs apart."""
    return replace(config, comment="", protocol=protocol, seed=seed)


def work_off(
    pieces: Sequence[Piece], run: Callable[[Piece], None], *, wait_s: float = 1.0
) -> list[str]:
    """Run every piece; what other processes are at work on is looked at again later.

    A piece that diverges does not keep the others from being run.

    Args:
        pieces: In the order that they should be run in.
        run: Does it, or raises ``BusyError`` while another process does.
        wait_s: Time between two looks at what others are doing [s].

    Returns:
        A sentence for each piece that failed.
    """
    failed: list[str] = []
    waiting = list(pieces)
    while waiting:
        busy: list[Piece] = []
        for piece in waiting:
            try:
                run(piece)
            except BusyError:
                busy.append(piece)
            except TrainingError as error:
                failed.append(str(error))
                logger.warning("%s", error)
        if len(busy) == len(waiting):
            # Others hold all that is left; a process that dies lets go of what it held.
            time.sleep(wait_s)
        waiting = busy
    return failed
