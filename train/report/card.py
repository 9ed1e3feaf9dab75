"""The model card of a fresh checkpoint: what it is, was made from, and scores."""

from dataclasses import dataclass
from typing import Any

from core.config import ModelConfig
from core.model.registry import find_method
from core.weights.origin import describe_backbone

# Stands in the snippet of a card until the checkpoint has a name on the hub.
HERE = "path/to/this/folder"
FIGURES = {"war": "WAR", "uar": "UAR", "ece": "ECE"}


@dataclass(frozen=True)
class Origin:
    """Where weights come from.

    Attributes:
        data: Name of the dataset.
        fingerprint: Of the dataset.
        fold: Of the dataset.
        clips: Part of the data to number of clips.
        command: What was run.
        protocol: How the epoch was chosen, where not on a validation part of the training clips.
    """

    data: str = "unnamed data"
    fingerprint: str = ""
    fold: str = "all"
    clips: tuple[tuple[str, int], ...] = ()
    command: str = ""
    protocol: str = ""


def write_card(config: ModelConfig, origin: Origin, metrics: dict[str, Any]) -> str:
    """Put together the text of a card.

    Args:
        config: Settings of the model.
        origin: Where the weights come from.
        metrics: Contents of ``metrics.json``.
    """
    entry = find_method(config.method)
    title = entry.model.TITLE
    made = "trained on" if entry.model.PHASES else "calibrated on"
    counts = ", ".join(f"{count} {part}" for part, count in origin.clips if count)
    lines = [
        f"# {title} on {config.backbone.name}, {made} {origin.data}",
        "",
        f"Recognises the **perceived** expression in a face video: {', '.join(config.labels)}.",
        _shape(config),
        "",
        f"- Data: {origin.data}, fold {origin.fold}, {counts or 'no clips counted'}; fingerprint "
        f"`{origin.fingerprint[:16]}`. The licence of the data binds the use of the weights.",
        f"- Backbone: {describe_backbone(config.backbone)}",
        f"- Command: `{origin.command}`",
        *([f"- **Protocol of the {origin.protocol}.**"] if origin.protocol else []),
        "",
        *_table(metrics),
        "",
        *usage(HERE),
        "",
        "Expression is not emotion: the labels say what people see in a face, not what somebody "
        "feels. Not for decisions about people.",
    ]
    return "\n".join(lines) + "\n"


def usage(source: str) -> list[str]:
    """How the weights are asked, as lines of a card.

    Args:
        source: A folder or hub id.
    """
    return [
        "From a clone of A3lign-DFER:",
        "",
        "```python",
        "from core import load_predictor",
        "",
        f'prediction = load_predictor("{source}").predict("clip.mp4")',
        "print(prediction.label, prediction.probabilities)",
        "```",
    ]


def _shape(config: ModelConfig) -> str:
    if config.method != "a3lign":
        options = ", ".join(f"{name} {_short(value)}" for name, value in config.options.items())
        return f"{config.frames} frames; {options}."
    return (
        f"Tokens {len(config.labels)} × {config.tokens.sentences} × {config.tokens.tokens}, "
        f"{config.frames} frames, {config.synchronizer.layers} synchronizer layers."
    )


def _short(value: object) -> str:
    """Numbers and words as they are; of texts only how many there are."""
    return f"({len(value)})" if isinstance(value, dict | list) else str(value) or "none"


def _table(metrics: dict[str, Any]) -> list[str]:
    parts = [part for part in ("validation", "test") if part in metrics]
    if not parts:
        return ["No clips were set aside, so nothing was measured."]
    header = ["part", "clips", *FIGURES.values(), *metrics[parts[0]]["recalls"]]
    rows = []
    for part in parts:
        found = metrics[part]
        recalls = (
            "–" if recall is None else f"{recall:.3f}" for recall in found["recalls"].values()
        )
        figures = (f"{found[name]:.4f}" for name in FIGURES)
        rows.append([part, str(found["clips"]), *figures, *recalls])
    return [_line(header), _line(["---"] * len(header)), *map(_line, rows)]


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
