"""From settings to a model, whatever its method."""

from dataclasses import replace

from core.config import ModelConfig
from core.errors import ConfigError
from core.model.backbone import FrozenClip
from core.model.method import Method
from core.model.registry import find_method


def build_model(config: ModelConfig, backbone: FrozenClip) -> Method:
    """Build the model around a backbone, with fresh weights from torch's global seed.

    Args:
        config: Sizes and switches.
        backbone: The frozen CLIP it will be trained on.

    Raises:
        ConfigError: The method is unknown, or its options are not what it knows.
    """
    return find_method(config.method).build(config, backbone)


def rebuild_for(model: Method, config: ModelConfig, labels: tuple[str, ...]) -> Method:
    """The same weights for other classes, which are told apart by their texts alone.

    Args:
        model: Trained on the labels of ``config``.
        config: Its settings.
        labels: The classes wanted, in order.

    Raises:
        ConfigError: The method learned something for each of its classes.
    """
    if model.class_bound_parts:
        raise ConfigError(
            f"this {model.TITLE} learned its {', '.join(sorted(model.class_bound_parts))} for "
            f"{', '.join(config.labels)} and cannot be asked about other classes; use a method "
            "whose classes are described in words, such as zero-shot or coop with shared context"
        )
    other = build_model(replace(config, labels=labels), model.backbone)
    other.phase, other.handover = model.phase, model.handover
    for name, part in other.parts().items():
        part.load_state_dict(model.parts()[name].state_dict())
    return other.eval()
