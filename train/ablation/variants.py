"""Changes of a training that an ablation compares."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from core.errors import ConfigError
from train.paradigm.config import FitConfig, StageConfig, override

FULL = "full"


@dataclass(frozen=True)
class Variant:
    """One row of an ablation.

    Attributes:
        name: As shown; also its folder.
        config: Its settings.
    """

    name: str
    config: FitConfig


def at_once(config: FitConfig) -> FitConfig:
    """Without the training paradigm: tokens and synchronizer together for all epochs."""
    stages = {stage.phase: stage for stage in config.stages}
    if "joint" not in stages:
        raise ConfigError("training everything at once needs settings for the joint stage")
    epochs = sum(stage.epochs for stage in config.stages)
    joint = StageConfig("joint", epochs, dict(stages["joint"].rates))
    return replace(config, stages=(joint,))


def without_synchronizer(config: FitConfig) -> FitConfig:
    """Without the joint module: two encoders that never merge; its epochs go to the video one."""
    stages = {stage.phase: stage for stage in config.stages}
    if not {"text", "video"} <= stages.keys():
        raise ConfigError("going without the synchronizer needs settings for steps 1 and 2")
    extra = stages["joint"].epochs if "joint" in stages else 0
    video = replace(stages["video"], epochs=stages["video"].epochs + extra)
    return replace(config, stages=(stages["text"], video))


def one_sentence(config: FitConfig) -> FitConfig:
    """Without the temporal dimension of the tokens: one sentence per class."""
    return replace(config, tokens=replace(config.tokens, sentences=1))


NAMED = {
    "without-paradigm": at_once,
    "without-synchronizer": without_synchronizer,
    "without-dimensions": one_sentence,
}


def variants_of(
    base: FitConfig,
    named: Sequence[str],
    varied: Sequence[tuple[str, Sequence[Any]]],
    *,
    every_combination: bool,
) -> list[Variant]:
    """List what an ablation trains, the unchanged settings first.

    Args:
        base: The settings that are varied.
        named: Keys of ``NAMED``.
        varied: Settings by dotted name with their values.
        every_combination: Combine all values instead of changing one setting at a time.
    """
    rows = [Variant(FULL, base), *(Variant(name, NAMED[name](base)) for name in named)]
    for changes in _changes(varied, every_combination=every_combination):
        config = override(base, changes)
        name = ",".join(f"{setting}={value}" for setting, value in changes)
        if config != base:
            rows.append(Variant(name.replace("/", "_"), config))
    return rows


def _changes(
    varied: Sequence[tuple[str, Sequence[Any]]], *, every_combination: bool
) -> Iterator[list[tuple[str, Any]]]:
    if every_combination and varied:
        names = [name for name, _ in varied]
        for combination in product(*(values for _, values in varied)):
            yield list(zip(names, combination, strict=True))
        return
    for name, values in varied:
        for value in values:
            yield [(name, value)]
