"""The contents of a checkpoint folder, as types."""

from dataclasses import dataclass as plain_dataclass
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import Tensor

from core.config import ModelConfig
from core.model.method import Method
from core.settings import STRICT

FILES = ("config.json", "model.safetensors", "metrics.json", "map.json", "README.md")


@dataclass(frozen=True, config=STRICT)
class Calibration:
    """How similarities become honest probabilities; fitted on validation data.

    Attributes:
        temperature: Divides the logits once more; 1 leaves the probabilities as trained.
        margin: Verdicts whose two best probabilities are closer than this are "uncertain".
    """

    temperature: Annotated[float, Field(ge=1e-3, le=1e3)] = 1.0
    margin: Annotated[float, Field(ge=0, le=1)] = 0.1


@dataclass(frozen=True, config=STRICT)
class CheckpointConfig:
    """Contents of ``config.json``.

    Attributes:
        model: Sizes and switches.
        phase: After which training step the weights were taken.
        calibration: See ``Calibration``.
        weights_sha256: Hash of ``model.safetensors``: an edited or mixed-up file is noticed.
        method: ``model.method`` once more, where readers of the file look for it first; filled in
            when the folder is written.
        format: Version of the folder's layout.
    """

    model: ModelConfig
    phase: str = ""
    calibration: Calibration = Field(default_factory=Calibration)
    weights_sha256: str = ""
    method: str = ""
    format: Literal[1] = 1


@plain_dataclass(frozen=True)
class CheckpointCard:
    """What a person wants to know about the loaded weights.

    Attributes:
        markdown: The model card.
        metrics: Measured figures; empty when the folder has none.
        is_demo: Whether the card says that the weights are for demonstration only.
    """

    markdown: str
    metrics: dict[str, Any]
    is_demo: bool


@plain_dataclass(frozen=True)
class Checkpoint:
    """A loaded checkpoint.

    Attributes:
        name: Folder name or hub id.
        config: Its settings.
        model: On the CPU, in evaluation mode.
        class_vectors: ``(K, P, D)``, as computed when the folder was written.
        sentence_features: ``(K, S, D)``, likewise.
        card: Card and metrics.
        map: Precomputed 2-D map of the sentences, as stored; None when there is none.
    """

    name: str
    config: CheckpointConfig
    model: Method
    class_vectors: Tensor
    sentence_features: Tensor
    card: CheckpointCard
    map: dict[str, Any] | None
