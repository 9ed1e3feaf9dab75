"""Train and judge variants on one set of stored features, and put them into one table."""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.torch import load_file

from core.checkpoint import CheckpointConfig, parse_config
from core.config import ModelConfig
from core.model.backbone import FrozenClip
from core.model.method import Method
from core.settings import dump_settings
from train.ablation.first_step import start_from_shared
from train.ablation.variants import FULL, Variant
from train.paradigm.config import FitConfig
from train.paradigm.folder import begin_folder
from train.paradigm.material import Material
from train.paradigm.run import Fitting
from train.paradigm.stages import has_part
from train.runtime.run_folder import write_json
from train.scoring.examine import Candidates, Subject, examine, latency
from train.scoring.figures import mean_and_deviation
from train.watching.watcher import Watcher

logger = logging.getLogger(__name__)

FIGURES = ("war", "uar", "ece", "shuffled_war_change", "shuffled_uar_change")
# What else rows keep of a judgement, for tables over folds and orders of the frames.
DETAILS = (
    *("clips", "labels", "confusion"),
    *(
        f"{order}_{figure}"
        for order in ("shuffled", "reversed")
        for figure in ("war", "uar", "confusion")
    ),
)
# Of one clip through the rest of the model and one frame through the image tower [ms].
TIMES = ("align_clip", "encode_frame")
ZERO_SHOT = "zero-shot"
STEPS = {"text": "after step 1", "video": "after step 2"}

Row = dict[str, Any]
Watching = Callable[[FitConfig, Path], Sequence[Watcher]]


@dataclass(frozen=True)
class Ablation:
    """What all variants share.

    Attributes:
        backbone: The frozen CLIP.
        base: Labels, backbone and preprocessing.
        material: Features, labels and fold.
        folder: Each variant and seed gets a run folder in it.
        part: What figures are reported on, ``test`` or ``validation``.
        about: Data, backbone and whatever else the rows depend on beside the settings.
        watching: Who looks on at a run with some settings in some folder.
    """

    backbone: FrozenClip
    base: ModelConfig
    material: Material
    folder: Path
    part: str
    about: dict[str, Any] = field(default_factory=dict)
    watching: Watching | None = None

    def run(self, variants: list[Variant], seeds: list[int], *, baseline: bool = True) -> list[Row]:
        """Train and judge everything that is not there yet; safe to interrupt and repeat.

        Args:
            variants: What to train.
            seeds: How often.
            baseline: Begin with the backbone alone; it has one seed, as nothing is drawn.

        Returns:
            One row per variant, step and seed.

        Raises:
            TrainingError: Rows of other settings, data or weights are there.
        """
        rows = []
        if baseline:
            config = zero_shot_config(variants[0].config)
            rows += self.measure(ZERO_SHOT, config, self.folder / ZERO_SHOT / "seed-0")
        for seed in seeds:
            for variant in variants:
                config = replace(variant.config, seed=seed)
                folder = self.folder / variant.name / f"seed-{seed}"
                rows += self.measure(variant.name, config, folder, with_steps=variant.name == FULL)
        return rows

    def measure(
        self, name: str, config: FitConfig, folder: Path, *, with_steps: bool = False
    ) -> list[Row]:
        """Train and judge one variant, or read what was found when that was done.

        Args:
            name: Of the variant.
            config: Its settings, seed included.
            folder: Of the run.
            with_steps: Judge also what the steps before the last one had reached.

        Raises:
            BusyError: Another process is training the first step that this run shares.
            TrainingError: A run of other settings, data or weights is there, or it diverged.
        """
        path = folder / f"rows-{self.part}.json"
        described = {"fit": dump_settings(config), **self.about}
        begin_folder(folder, described, str(self.material.gatherer.device), resume=True)
        if path.exists():
            for watcher in self.watching(config, folder) if self.watching else ():
                watcher.finish({})
            found: list[Row] = json.loads(path.read_text(encoding="utf-8"))
            return found
        logger.info("%s, seed %d", name, config.seed)
        fitting = self._fitting(config, folder)
        if not fitting.resume():
            shared = self.folder / "first-steps"
            start_from_shared(fitting, partial(self._fitting, config), shared, self.about)
        fitting.run()
        common = {"seed": config.seed, "parameters": trained_parameters(fitting)}
        rows = list(self._steps(fitting, folder)) if with_steps else []
        seconds = sum(record["seconds"] for record in fitting.state.history)
        rows.append({"variant": name, "seconds": seconds, **self._judge(fitting, folder, "")})
        rows = [row | common for row in rows]
        write_json(path, rows)
        return rows

    def _fitting(self, config: FitConfig, folder: Path) -> Fitting:
        watchers = self.watching(config, folder) if self.watching else ()
        return Fitting(self.backbone, self.base, config, self.material, folder, watchers=watchers)

    def _steps(self, fitting: Fitting, folder: Path) -> Iterator[Row]:
        """How far the full training had come after each of its steps."""
        for phase, title in STEPS.items():
            if (folder / f"checkpoint-{phase}").is_dir():
                spent = [r["seconds"] for r in fitting.state.history if r["stage"] == phase]
                figures = self._judge(fitting, folder, f"-{phase}")
                yield {"variant": title, "seconds": sum(spent), **figures}

    def _judge(self, fitting: Fitting, folder: Path, suffix: str) -> Row:
        config = load_into(fitting.model, folder / f"checkpoint{suffix}")
        judge = fitting.outputs.judge
        subject = Subject(
            fitting.model, config.model, config.calibration, judge.class_vectors(fitting.model)
        )
        return self._figures(subject, fitting)

    def _figures(self, subject: Subject, fitting: Fitting) -> Row:
        material = fitting.material
        candidates = Candidates(getattr(self.material.fold, self.part), material.labels)
        figures = examine(
            subject,
            material.gatherer,
            candidates,
            precision=fitting.config.precision,
        )
        times = latency(subject)
        return {name: figures[name] for name in (*FIGURES, *DETAILS)} | {
            f"{name}_ms": times[name] for name in TIMES
        }


def zero_shot_config(config: FitConfig) -> FitConfig:
    """The backbone alone with sentences about each class's name, judged like a training."""
    return FitConfig(
        method=ZERO_SHOT,
        frames=config.frames,
        sampling=config.sampling,
        precision=config.precision,
        validation_share=config.validation_share,
        stages=(),
    )


def load_into(model: Method, folder: Path) -> CheckpointConfig:
    """Put a checkpoint's own weights into a model that has its backbone already."""
    data = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config = parse_config(data, source=str(folder / "config.json"))
    state = load_file(folder / "model.safetensors")
    own = {n: t.float() for n, t in state.items() if not n.startswith(("backbone.", "derived."))}
    model.load_state_dict(own, strict=False)
    model.phase, model.handover = config.phase, 1.0
    return config


def trained_parameters(fitting: Fitting) -> int:
    """Numbers that some stage of a run trains."""
    model = fitting.model
    modules = {name for stage in fitting.config.stages for name in stage.rates}
    parameters = (model.get_submodule(n).parameters() for n in modules if has_part(model, n))
    return sum(parameter.numel() for part in parameters for parameter in part)


def summarise(rows: list[Row]) -> list[Row]:
    """Mean and deviation over the seeds of each variant, in order of appearance."""
    names = list(dict.fromkeys(row["variant"] for row in rows))
    names.sort(key=lambda name: [ZERO_SHOT, *STEPS.values(), FULL, name].index(name))
    summary = []
    for name in names:
        same = [row for row in rows if row["variant"] == name]
        figures = {figure: mean_and_deviation([row[figure] for row in same]) for figure in FIGURES}
        spent = ("seconds", *(f"{name}_ms" for name in TIMES))
        means = {key: float(np.mean([row[key] for row in same])) for key in spent if key in same[0]}
        summary.append(
            {
                "variant": name,
                "seeds": len(same),
                "parameters": same[0]["parameters"],
                **means,
                **figures,
            }
        )
    return summary
