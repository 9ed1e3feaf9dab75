"""The settings of training; those of the model itself are in ``core.config``."""

from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from core.config import ModelConfig, SynchronizerConfig, TokensConfig
from core.errors import ConfigError
from core.model.registry import complete_options, find_method
from core.sampling import Sampling
from core.settings import STRICT, dump_settings, parse_settings
from train.paradigm.clock import LayerSchedule, Schedule
from train.runtime.compilation import Compiled
from train.runtime.precision import Precision

Positive = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, lt=1)]
Rate = Annotated[float, Field(gt=0)]
Protocol = Literal["honest", "paper"]


@dataclass(frozen=True, config=STRICT)
class StageConfig:
    """One step of a training: of A3lign's paradigm (BAP), or of another method's.

    Attributes:
        phase: One of the method's ``PHASES``.
        epochs: Passes through the training clips.
        rates: Parts that are trained, and their peak learning rates; all others stand still.
        growth: How the stage's transformer gets its layers (A11): ``so-far`` adds one at equal
            intervals and trains all so far, ``newest`` trains only the last one added, ``at-once``
            has them all from the start.
    """

    phase: str
    epochs: Positive
    rates: dict[str, Rate]
    growth: Literal["so-far", "newest", "at-once"] = "at-once"


# The paper's three steps with its epochs; the learning rates (A17: not stated) are ours.
PAPER_STAGES = (
    StageConfig("text", 40, {"tokens": 0.1, "text_encoder": 0.01}),
    StageConfig("video", 30, {"video_encoder": 0.01}, growth="so-far"),
    StageConfig("joint", 30, {"tokens": 0.1, "synchronizer": 0.01}, growth="so-far"),
)


@dataclass(frozen=True, config=STRICT)
class FitConfig:
    """How a method is trained.

    Attributes:
        comment: What the settings are for.
        frames: ``T``, frames per clip (paper: 16).
        tokens: A3lign's learnable sentences.
        synchronizer: A3lign's transformers.
        temperature: τ (A16).
        learn_temperature: Train τ too, at the rate of ``temperature_rate``.
        temperature_rate: Its learning rate.
        similarity: ``cosine`` (A15) or ``dot``.
        sampling: Which frames a clip is made of (A4).
        whole_segments: See ``core.sampling.random_rows``.
        method: See ``core.model.registry``.
        options: The method's own settings; what is not given has its default.
        stages: The steps, in order; some may be left out or change places.
        optimizer: ``sgd`` as in the paper, or ``adamw``.
        momentum: Of SGD (paper: 0.9).
        weight_decay: See ``decayed`` (A17: not stated).
        decayed: ``matrices`` leaves tokens, positions, biases, norms and τ out, ``everything`` is
            what torch's optimisers do by themselves, and DFER-CLIP's code with them.
        schedule: ``cosine`` to zero or ``multistep`` (×0.1 at 60 % and 80 %) in each step (A17).
        layer_schedule: Where layers join one by one, each has its ``own`` course of the rate from
            then on, everything begins a new one with each (``restart``), or one over the ``stage``
            serves all, which hardly trains the last ones.
        batch_size: Clips per step, over all processes (paper: 64).
        clips_at_once: Clips of a step that a process works on at once where memory does not hold
            all: their gradients are added up before the step is made. 0 takes all at once.
        drop_last: Leave out the last clips of an epoch where they fill no batch.
        gradient_clip: Largest norm of the gradient; 0 does not limit it. Not in the paper.
        handover_epochs: While the synchronizer learns, its verdicts are blended with those that
            the step before reached, over this many epochs (ours); 0 swaps at once. Its training
            does not depend on it: a longer blend falls less and leaves fewer epochs to choose from.
        hands_over: Which weights a step leaves to the next one: those of its ``last`` epoch, as any
            plain loop does (the paper does not say), or of its ``best`` one by ``choose_by`` on the
            validation part, counted once all its layers run.
        restart_tokens: Draw the tokens anew for step 3 (A13: "retrain MAT") instead of going on.
        label_smoothing: Share of each target spread over all classes.
        vote_share: How much of each target is what people voted, where ``--votes`` says so; the
            rest is the clip's one label.
        class_power: Classes are drawn in proportion to their size to this power; 1 keeps the
            imbalance (each clip once per epoch), 0 removes it.
        identity_jitter: How far clips are shifted as if other people played them (see
            ``train.paradigm.augmentation``), 0 for not at all; for frozen towers. Not in the paper.
        weakest_change: What expressive clips keep at least of their change since the opening frame
            (see there), 1 for all of it; for frozen towers. Not in the paper.
        train_clips: At most so many training clips, drawn by the seed; 0 takes all. For methods
            whose image tower is trained, where a step costs some hundred times more.
        validation_clips: At most so many validation clips, likewise.
        validation_share: Part of the training clips set aside for choices, where the dataset
            has no part of its own for them (A18).
        protocol: ``honest`` chooses the epoch on that part, ``paper`` trains on all training clips
            and chooses on the test part, as most published rows were made; always labelled.
        choose_by: Which figure on the validation part picks the best epoch.
        precision: Arithmetic; weights stay float32 (A20).
        compiled: On a GPU ``default`` fuses the layers' operations (torch.compile) and
            ``reduce-overhead`` also replays CUDA graphs: sums are rounded otherwise.
        save_every_s: Least time between two saved states [s]; 0 saves after every epoch.
        seed: Source of every random choice.
    """

    comment: str = ""
    frames: Positive = 16
    tokens: TokensConfig = Field(default_factory=TokensConfig)
    synchronizer: SynchronizerConfig = Field(default_factory=SynchronizerConfig)
    temperature: Rate = 0.01
    learn_temperature: bool = False
    temperature_rate: Rate = 0.01
    similarity: Literal["cosine", "dot"] = "cosine"
    sampling: Sampling = "segments"
    whole_segments: bool = False
    method: str = "a3lign"
    options: dict[str, Any] = Field(default_factory=dict)
    stages: tuple[StageConfig, ...] = PAPER_STAGES
    optimizer: Literal["sgd", "adamw"] = "sgd"
    momentum: Share = 0.9
    weight_decay: Annotated[float, Field(ge=0)] = 1e-4
    decayed: Literal["matrices", "everything"] = "matrices"
    schedule: Schedule = "cosine"
    layer_schedule: LayerSchedule = "own"
    batch_size: Positive = 64
    clips_at_once: Annotated[int, Field(ge=0)] = 0
    drop_last: bool = False
    gradient_clip: Annotated[float, Field(ge=0)] = 1.0
    handover_epochs: Annotated[int, Field(ge=0)] = 15
    hands_over: Literal["last", "best"] = "last"
    restart_tokens: bool = False
    label_smoothing: Share = 0.0
    vote_share: Annotated[float, Field(ge=0, le=1)] = 1.0
    class_power: Annotated[float, Field(ge=0, le=1)] = 1.0
    identity_jitter: Annotated[float, Field(ge=0, le=2)] = 0.0
    weakest_change: Annotated[float, Field(gt=0, le=1)] = 1.0
    train_clips: Annotated[int, Field(ge=0)] = 0
    validation_clips: Annotated[int, Field(ge=0)] = 0
    validation_share: Share = 0.1
    protocol: Protocol = "honest"
    choose_by: Literal["war", "uar"] = "uar"
    precision: Precision = "auto"
    compiled: Compiled = "no"
    save_every_s: Annotated[float, Field(ge=0)] = 30.0
    seed: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _stages_are_the_methods(self) -> "FitConfig":
        phases = {phase.name: phase for phase in find_method(self.method).model.PHASES}
        named = [stage.phase for stage in self.stages]
        is_some = bool(named) or not phases
        if not is_some or not phases.keys() >= set(named) or len(set(named)) < len(named):
            raise ValueError(f"stages must be some of {list(phases)}, each once, got {named}")
        early = [name for name in named[:-1] if phases[name].blends]
        if early:
            raise ValueError(f"stage {early[0]!r} takes over from the others, so it comes last")
        for stage in self.stages:
            used = phases[stage.phase].trains | {"comparison"}
            unused = sorted(stage.rates.keys() - used)
            if not stage.rates or unused:
                raise ValueError(
                    f"phase {stage.phase!r} trains some of {sorted(used)}, got {unused}"
                )
        return self

    @model_validator(mode="after")
    def _settings_are_the_methods(self) -> "FitConfig":
        given = (self.tokens, self.synchronizer)
        if self.method != "a3lign" and given != (TokensConfig(), SynchronizerConfig()):
            raise ValueError(f"tokens and synchronizer are A3lign's; {self.method} has options")
        return self

    @model_validator(mode="after")
    def _joint_stage_fits(self) -> "FitConfig":
        joint = self.stages[-1] if self.stages else None
        if joint is None or joint.phase != "joint":
            return self
        if len(self.stages) > 1 and self.handover_epochs >= joint.epochs:
            raise ValueError(
                f"handover_epochs is {self.handover_epochs}, but step 3 has {joint.epochs} epochs"
            )
        if "text_encoder" in joint.rates and self._shares_text:
            raise ValueError("step 3 trains the text encoder only with synchronizer.text_head=own")
        return self

    @property
    def has_own_tower(self) -> bool:
        """Whether the method trains an image tower, on pictures."""
        options = parse_settings(
            find_method(self.method).settings, self.options, source=f"options of {self.method}"
        )
        return find_method(self.method).has_own_tower(options)

    @property
    def varies_features(self) -> bool:
        """Whether stored features are varied from epoch to epoch."""
        return self.identity_jitter > 0 or self.weakest_change < 1

    @property
    def _shares_text(self) -> bool:
        return self.synchronizer.text_head == "joint"

    def model_config(self, base: ModelConfig) -> ModelConfig:
        """Put the choices of training into the settings of a model."""
        return replace(
            base,
            frames=self.frames,
            tokens=self.tokens,
            synchronizer=self.synchronizer,
            temperature=self.temperature,
            learn_temperature=self.learn_temperature,
            similarity=self.similarity,
            sampling=self.sampling,
            method=self.method,
            options=complete_options(self.method, self.options),
        )


def override(config: FitConfig, settings: list[tuple[str, Any]]) -> FitConfig:
    """Change single settings by dotted name, as in ``tokens.sentences``, 8.

    Raises:
        ConfigError: No such setting, or not a value it can have.
    """
    data = dump_settings(config)
    if any(name.startswith("options.") for name, _ in settings):
        data["options"] = complete_options(config.method, config.options)
    for name, value in settings:
        *path, last = name.split(".")
        place: Any = data
        for step in path:
            place = _enter(place, step, name)
        _enter(place, last, name)
        if isinstance(place, list):
            place[int(last)] = value
        else:
            place[last] = value
    return parse_settings(FitConfig, data, source="settings")


def _enter(place: Any, step: str, name: str) -> Any:
    """One step into nested settings; lists are counted from 0."""
    keys = [str(key) for key in range(len(place))] if isinstance(place, list) else list(place)
    if step not in keys:
        raise ConfigError(f"unknown setting {name!r}; at {step!r} choose from {', '.join(keys)}")
    return place[int(step)] if isinstance(place, list) else place[step]
