"""Checkpoints in memory: of any model, of the backbone alone, and for other classes."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import torch

from core.checkpoint.format import Checkpoint, CheckpointCard, CheckpointConfig
from core.config import ModelConfig
from core.descriptions import Descriptions
from core.model.backbone import FrozenClip
from core.model.build import build_model, rebuild_for
from core.model.method import Method
from core.weights.origin import describe_backbone

ZERO_SHOT = "zero-shot"

CARD = """# Zero-shot CLIP on {backbone}

The backbone alone, without any training for this task: the mean frame is compared with sentences
about each class ({labels}). A baseline to compare trained checkpoints with; its probabilities are
not calibrated. Backbone: {origin}
"""


def is_zero_shot(source: str | Path) -> bool:
    """Whether a source of a checkpoint asks for a backbone without training."""
    named = str(source).partition(":")[0] == ZERO_SHOT
    return named and not Path(source).is_dir()


def checkpoint_of(
    model: Method,
    config: CheckpointConfig,
    *,
    name: str,
    card: str = "",
    metrics: dict[str, Any] | None = None,
) -> Checkpoint:
    """Put a model into a checkpoint that has no folder.

    Args:
        model: Of any method; it is frozen and left in evaluation mode.
        config: Its settings.
        name: What predictions call it.
        card: Text of the model card.
        metrics: Measured figures.
    """
    frozen = model.eval().requires_grad_(False)
    with torch.no_grad():
        sentences = frozen.sentence_features()
        classes = frozen.align_text(sentences)
    return Checkpoint(
        name=name,
        config=replace(config, phase=model.phase, method=config.model.method),
        model=frozen,
        class_vectors=classes,
        sentence_features=sentences,
        card=CheckpointCard(card, metrics or {}, is_demo=False),
        map=None,
    )


def zero_shot_checkpoint(
    backbone: FrozenClip,
    base: ModelConfig,
    *,
    texts: Literal["templates", "descriptions", "both"] = "both",
    descriptions: Descriptions | None = None,
    name: str = ZERO_SHOT,
) -> Checkpoint:
    """The baseline without any training.

    Args:
        backbone: The frozen CLIP.
        base: Labels, frames, backbone and preprocessing; the rest does not matter.
        texts: Sentences with the class's name, descriptions of facial actions, or both.
        descriptions: Texts of each class in place of ours.
        name: What predictions call it.

    Raises:
        ConfigError: A class has no description.
    """
    own = {label: list(told) for label, told in (descriptions or {}).items()}
    config = ModelConfig(
        labels=base.labels,
        frames=base.frames,
        backbone=base.backbone,
        preprocess=base.preprocess,
        sampling=base.sampling,
        method=ZERO_SHOT,
        options={"texts": texts, "descriptions": own},
    )
    card = CARD.format(
        backbone=base.backbone.name,
        labels=", ".join(base.labels),
        origin=describe_backbone(base.backbone),
    )
    return checkpoint_of(
        build_model(config, backbone), CheckpointConfig(config), name=name, card=card
    )


def zero_shot_of(checkpoint: Checkpoint, *, name: str = ZERO_SHOT) -> Checkpoint:
    """The backbone under a trained checkpoint, asked about the same classes without training.

    The backbone is shared: loaded once, it serves both.
    """
    return zero_shot_checkpoint(checkpoint.model.backbone, checkpoint.config.model, name=name)


def with_labels(checkpoint: Checkpoint, labels: tuple[str, ...]) -> Checkpoint:
    """The same weights asked about other classes, by their names or descriptions.

    Raises:
        ConfigError: The method learned something for each class, or a class has no description.
    """
    config = checkpoint.config
    model = rebuild_for(checkpoint.model, config.model, labels)
    return checkpoint_of(
        model,
        replace(config, model=replace(config.model, labels=labels)),
        name=checkpoint.name,
        card=checkpoint.card.markdown,
        metrics=checkpoint.card.metrics,
    )
