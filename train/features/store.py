"""Features on disk: one folder per combination of backbone, data and views; safe to interrupt."""

import hashlib
import json
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.config import PreprocessConfig
from core.errors import DataError
from core.settings import dump_settings, parse_settings
from train.data.dataset import ClipRecord, Dataset
from train.features.bank import FeatureBank, Half
from train.runtime.disk import replacing
from train.runtime.run_folder import write_json

FORMAT = 1
SHARD_CLIPS = 64
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
        text = json.dumps(self.to_json(), sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        return "-".join(filter(None, (self.dataset[:40], self.cue, digest)))

    @property
    def command(self) -> str:
        """What fills such a store."""
        return f"python -m train {'cues' if self.cue else 'extract'}"


class FeatureStore:
    """One folder of features, filled shard by shard; a shard is whole or not there.

    A shard of up to 64 clips is ``0007.npy`` ``(n, V, D)`` float16 and, written after it,
    ``0007.json`` with the clips' names, lengths, problems and a checksum.

    Args:
        root: Folder of all stores.
        key: Which one.
        records: The clips, in the dataset's order.
    """

    def __init__(self, root: Path, key: StoreKey, records: list[ClipRecord]) -> None:
        self.folder = root / key.folder_name
        self.key = key
        self.names = [record.name for record in records]

    @classmethod
    def for_dataset(cls, root: Path, key: StoreKey, dataset: Dataset) -> "FeatureStore":
        """The store of a dataset."""
        return cls(root, key, list(dataset.records))

    @classmethod
    def with_plain_view(cls, root: Path, key: StoreKey, dataset: Dataset) -> "FeatureStore":
        """A finished store whose plain view is that of the key, else the key's own.

        View 0 depends neither on the number of views nor on how the random ones are made.
        """
        finished = cls.finished(root, key, dataset, free={"views", "seed", "recipe"})
        return finished[0] if finished else cls.for_dataset(root, key, dataset)

    @classmethod
    def finished(
        cls, root: Path, key: StoreKey, dataset: Dataset, *, free: set[str]
    ) -> list["FeatureStore"]:
        """Whole stores of a dataset that fit a key in everything but the ``free`` fields."""
        wanted = {name: value for name, value in key.to_json().items() if name not in free}
        stores = []
        for path in sorted(root.glob("*/cache.json")):
            found = _read_json(path)
            if {name: value for name, value in found.items() if name not in free} == wanted:
                store = cls.for_dataset(root, StoreKey.from_json(found), dataset)
                if all(store.is_done(shard) for shard in range(store.shards)):
                    stores.append(store)
        return stores

    @property
    def shards(self) -> int:
        """How many shards a complete store has."""
        return -(-len(self.names) // SHARD_CLIPS)

    def rows(self, shard: int) -> range:
        """The clips of a shard."""
        return range(shard * SHARD_CLIPS, min((shard + 1) * SHARD_CLIPS, len(self.names)))

    def begin(self) -> None:
        """Make the folder and say what it is for."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "cache.json"
        if not path.exists():
            write_json(path, self.key.to_json())
        self._check_key()

    def is_done(self, shard: int) -> bool:
        """Whether a shard is there."""
        return self._path(shard, "json").exists() and self._path(shard, "npy").exists()

    def write(self, shard: int, features: list[Half | DataError]) -> None:
        """Store the features of a shard's clips, or why they have none."""
        empty = np.empty((0, self.key.views, self.key.width), np.float16)
        # Without its description a shard counts as not there: no moment shows half of two.
        self._path(shard, "json").unlink(missing_ok=True)
        clips = [empty if isinstance(clip, DataError) else clip for clip in features]
        array = np.concatenate(clips)
        with replacing(self._path(shard, "npy")) as partial, partial.open("wb") as stream:
            np.save(stream, array)
        about = {
            "clips": [self.names[row] for row in self.rows(shard)],
            "lengths": [len(clip) for clip in clips],
            "problems": [str(clip) for clip in features if isinstance(clip, DataError)],
            "crc32": zlib.crc32(array.tobytes()),
        }
        write_json(self._path(shard, "json"), about)

    def empty_rows(self, shard: int) -> list[int]:
        """Clips of a shard that have no features."""
        lengths = self._about(shard)["lengths"]
        return [row for row, length in zip(self.rows(shard), lengths, strict=True) if not length]

    def rewrite(self, shard: int, again: dict[int, Half | DataError]) -> None:
        """Store a shard with other features, or another word on why they lack, of some clips.

        Args:
            shard: It is there.
            again: By row, what ``write`` takes; all clips without features must be among them.

        Raises:
            DataError: The shard is damaged.
        """
        about = self._about(shard)
        if about["problems"] == [str(clip) for clip in again.values()]:
            return
        ends = np.cumsum(about["lengths"])[:-1]
        clips = dict(zip(self.rows(shard), np.split(self._map(shard, about), ends), strict=True))
        self.write(shard, list((clips | again).values()))

    def problems(self) -> list[str]:
        """Why clips have no features, of all shards that are there."""
        return [
            problem
            for shard in range(self.shards)
            if self.is_done(shard)
            for problem in self._about(shard)["problems"]
        ]

    def open(self) -> FeatureBank:
        """Map the features into memory after checking every byte of them.

        Raises:
            DataError: Missing, unfinished, damaged, or made from something else.
        """
        self._check_key()
        absent = [shard for shard in range(self.shards) if not self.is_done(shard)]
        if absent:
            raise DataError(
                f"the features in {self.folder} are unfinished ({len(absent)} of {self.shards} "
                f"parts missing); run `{self.key.command}` with the same options again"
            )
        parts, lengths = [], []
        for shard in range(self.shards):
            about = self._about(shard)
            parts.append(self._map(shard, about))
            lengths += about["lengths"]
        counts: NDArray[np.int64] = np.array(lengths, np.int64)
        return FeatureBank(parts, counts)

    def _check_key(self) -> None:
        path = self.folder / "cache.json"
        if not path.exists():
            raise DataError(f"no features in {self.folder}; run `{self.key.command}` first")
        found = _read_json(path)
        wanted = self.key.to_json()
        different = sorted(name for name in wanted | found if found.get(name) != wanted.get(name))
        if different:
            raise DataError(
                f"the features in {self.folder} were made from another {', '.join(different)}; "
                "delete the folder and extract again"
            )

    def _about(self, shard: int) -> dict[str, Any]:
        path = self._path(shard, "json")
        about: dict[str, Any] = _read_json(path)
        if about.get("clips") != [self.names[row] for row in self.rows(shard)]:
            raise DataError(
                f"{path} lists other clips than the dataset; delete it and extract again"
            )
        return about

    def _map(self, shard: int, about: dict[str, Any]) -> Half:
        path = self._path(shard, "npy")
        try:
            array: Half = np.load(path, mmap_mode="r")
        except (OSError, ValueError, EOFError) as error:
            raise DataError(f"{path} is damaged or cut off ({error}); {_again(path)}") from error
        shape = (sum(about["lengths"]), self.key.views, self.key.width)
        if array.shape != shape or array.dtype != np.float16:
            raise DataError(
                f"{path} holds {array.dtype} {array.shape}, not float16 {shape}; {_again(path)}"
            )
        if zlib.crc32(array.tobytes()) != about["crc32"]:
            raise DataError(f"{path} was changed since it was written; {_again(path)}")
        return array

    def _path(self, shard: int, kind: str) -> Path:
        return self.folder / f"{shard:04d}.{kind}"


def _again(path: Path) -> str:
    return f"delete {path.name} and extract again"


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is not readable ({error}); {_again(path)}") from error
