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


def without_text_step(config: FitConfig) -> FitConfig:
    """Without step 1: the video encoder learns against sentences as they were drawn."""
    return _without(config, "text")


def without_video_step(config: FitConfig) -> FitConfig:
    """Without step 2: the synchronizer starts from a video encoder that was never trained."""
    return _without(config, "video")


def _without(config: FitConfig, phase: str) -> FitConfig:
    """Leave a step out; its epochs go to the last one."""
    left_out = [stage.epochs for stage in config.stages if stage.phase == phase]
    stages = [stage for stage in config.stages if stage.phase != phase]
    if not left_out or not stages:
        raise ConfigError(f"going without the {phase} step needs settings for it and another one")
    stages[-1] = replace(stages[-1], epochs=stages[-1].epochs + left_out[0])
    return replace(config, stages=tuple(stages))


def video_first(config: FitConfig) -> FitConfig:
    """Steps 1 and 2 in the other order."""
    stages = {stage.phase: stage for stage in config.stages}
    if not {"text", "video"} <= stages.keys():
        raise ConfigError("training the video encoder first needs settings for steps 1 and 2")
    rest = tuple(stage for name, stage in stages.items() if name not in {"text", "video"})
    return replace(config, stages=(stages["video"], stages["text"], *rest))


def without_positions(config: FitConfig) -> FitConfig:
    """Without a word on where a frame or sentence stands."""
    return replace(config, synchronizer=replace(config.synchronizer, positions="none"))


def without_layer_schedule(config: FitConfig) -> FitConfig:
    """Without a course of the rate for every layer: one for the step."""
    return replace(config, layer_schedule="stage")


def without_handover(config: FitConfig) -> FitConfig:
    """Without "Module Synchronization": the synchronizer starts new, and alone at once."""
    new = replace(config.synchronizer, copied_layers=0, rest="new")
    return replace(config, synchronizer=new, handover_epochs=0)


def one_sentence(config: FitConfig) -> FitConfig:
    """Without the temporal dimension of the tokens: one sentence per class."""
    return replace(config, tokens=replace(config.tokens, sentences=1))


NAMED = {
    "without-paradigm": at_once,
    "without-text-step": without_text_step,
    "without-video-step": without_video_step,
    "without-synchronizer": without_synchronizer,
    "without-handover": without_handover,
    "without-layer-schedule": without_layer_schedule,
    "without-positions": without_positions,
    "without-dimensions": one_sentence,
    "video-first": video_first,
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
