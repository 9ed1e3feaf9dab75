"""What identifies a store of features: everything that their values depend on."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from core.config import PreprocessConfig
from core.settings import dump_settings, parse_settings

FORMAT = 1
CUE_FIELDS = {"cue", "landmarker"}


@dataclass(frozen=True)
class StoreKey:
    """Everything that features depend on: equal keys mean equal features.

    Attributes:
        dataset: Short name of the data.
        data: Fingerprint of the data.
        backbone: sha256 of the frozen weights.
        width: ``D``.
        preprocess: Settings of the image input.
        detector: Which face detector cropped the frames.
        recipe: How random views are made.
        views: ``V``.
        seed: Of the random views.
        precision: Arithmetic of the image tower.
        cue: What was encoded instead of the frames themselves; see ``train.cues``.
        landmarker: What found the landmarks behind a cue.
    """

    dataset: str
    data: str
    backbone: str
    width: int
    preprocess: PreprocessConfig
    detector: str
    recipe: str
    views: int
    seed: int
    precision: str
    cue: str = ""
    landmarker: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain form, as stored; frames have no word of cues in theirs."""
        plain = asdict(self) | {"preprocess": dump_settings(self.preprocess), "format": FORMAT}
        return {name: value for name, value in plain.items() if value or name not in CUE_FIELDS}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "StoreKey":
        """The inverse of ``to_json``."""
        fields = {name: value for name, value in data.items() if name != "format"}
        preprocess = parse_settings(PreprocessConfig, fields.pop("preprocess"), source="cache.json")
        return cls(preprocess=preprocess, **fields)

    @property
    def folder_name(self) -> str:
        """Dataset, cue and a hash of the key."""
        return "-".join(filter(None, (self.dataset[:40], self.cue, digest_of(self.to_json()))))

    @property
    def command(self) -> str:
        """What fills such a store."""
        return f"python -m train {'cues' if self.cue else 'extract'}"


def digest_of(key: dict[str, Any]) -> str:
    """A few letters that stand for a key."""
    return hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:12]
