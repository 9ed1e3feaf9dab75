"""What training writes for others to read: one record per epoch, and figures of a checkpoint."""

import json
from pathlib import Path

from pydantic.dataclasses import dataclass

from core.errors import CheckpointError
from core.settings import STRICT, parse_settings


@dataclass(frozen=True, config=STRICT)
class Scores:
    """Figures on one set of clips; shares are 0-1.

    Attributes:
        war: Weighted average recall: the share of clips that are right.
        uar: Unweighted average recall: the mean over the classes.
        loss: Mean cross-entropy.
    """

    war: float
    uar: float
    loss: float


@dataclass(frozen=True, config=STRICT)
class EpochRecord:
    """One line of ``history.jsonl``.

    Attributes:
        stage: ``text``, ``video`` or ``joint``.
        epoch: Counted from 1 inside the stage.
        loss: Mean training loss.
        layers: Layers of the stage's transformer that ran.
        handover: 1 once the synchronizer stands alone (joint stage), else the blend.
        rates: Learning rate of each trained module at the end of the epoch.
        seconds: Time the epoch took [s].
        validation: Scores on the validation part; None without one.
        layer_shares: What each layer of the stage's growing part got of this epoch, as a share of
            a whole epoch at its peak rate: 0 before it joins. Empty where nothing grows.
        layer_norms: Norm of each such layer's attention output after the epoch; 0 is an identity.
    """

    stage: str
    epoch: int
    loss: float
    layers: int
    handover: float
    rates: dict[str, float]
    seconds: float
    validation: Scores | None
    layer_shares: tuple[float, ...] = ()
    layer_norms: tuple[float, ...] = ()


def read_history(path: Path) -> list[EpochRecord]:
    """Read ``history.jsonl``.

    Raises:
        CheckpointError: Missing or not such a file.
        ConfigError: A line has other fields.
    """
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} is not a readable history ({error})") from error
    return [
        parse_settings(EpochRecord, line, source=f"{path}:{number}")
        for number, line in enumerate(lines, start=1)
    ]
