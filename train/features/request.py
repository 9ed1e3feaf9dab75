"""Which features are asked for: what decides their values, and how they are computed."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from core.checkpoint import Checkpoint
from core.errors import DataError
from core.sampling import Sampling, verdict_rows
from train.data.dataset import Dataset, Rows
from train.features.backbone import LoadedBackbone
from train.features.bank import FeatureBank
from train.features.encode import ClipEncoder, encode_dataset
from train.features.extraction import extract
from train.features.key import StoreKey
from train.features.store import FeatureStore
from train.runtime.precision import Precision, resolve


@dataclass(frozen=True)
class FeatureRequest:
    """How clips become features.

    Attributes:
        views: ``V``: one plain view and ``V - 1`` random ones.
        seed: Of the random views.
        precision: Arithmetic of the image tower.
        workers: Threads that decode and crop ahead of the encoder; None for one per core.
        skip_bad: Leave unusable clips out instead of stopping.
    """

    views: int = 1
    seed: int = 0
    precision: Precision = "auto"
    workers: int | None = None
    skip_bad: bool = False

    def key(self, dataset: Dataset, backbone: LoadedBackbone) -> StoreKey:
        """Identity of the features: with the arithmetic that is used, not the one asked for."""
        device = next(backbone.model.parameters()).device
        return StoreKey(
            dataset=dataset.name,
            data=dataset.fingerprint,
            backbone=backbone.identity,
            width=backbone.model.embed_dim,
            preprocess=backbone.preprocess,
            detector=dataset.detector,
            recipe=dataset.recipe,
            views=self.views,
            seed=self.seed,
            precision=resolve(device, self.precision),
        )

    def encoder(self, dataset: Dataset, backbone: LoadedBackbone) -> ClipEncoder:
        """What computes them."""
        return ClipEncoder(
            backbone.model,
            dataset,
            backbone.preprocess,
            views=self.views,
            seed=self.seed,
            workers=self.workers,
            precision=self.precision,
        )

    def stored(self, cache: Path, dataset: Dataset, backbone: LoadedBackbone) -> FeatureBank:
        """The features as they were stored.

        Raises:
            DataError: They are not there, unfinished or damaged.
        """
        key = self.key(dataset, backbone)
        store = FeatureStore.for_dataset(cache, key, dataset)
        if not store.folder.exists():
            others = FeatureStore.finished(cache, key, dataset, free={"views"})
            if others:
                found = " or ".join(str(other.key.views) for other in others)
                raise DataError(
                    f"{cache} has no features of {dataset.name} in {key.views} views, but in "
                    f"{found}; pass --views with that number, or run `{key.command}` with this one"
                )
        return store.open()

    def of_checkpoint(
        self,
        checkpoint: Checkpoint,
        backbone: LoadedBackbone,
        dataset: Dataset,
        rows: Rows,
        cache: Path | None,
    ) -> FeatureBank:
        """Plain features as a checkpoint sees them: from the cache as far as they are there.

        Where none are stored, only frames that verdicts are made of have features, others zeros.

        Args:
            checkpoint: Whose image tower encodes.
            backbone: What it stands on.
            dataset: Where the clips come from.
            rows: Clips that are needed; all are stored where there is a cache.
            cache: Folder of stored features, or None to keep none.

        Raises:
            DataError: A clip cannot be used and is not to be left out.
        """
        # Features of a tower that training changed serve this one checkpoint: not worth storing.
        if cache is None or checkpoint.model.has_own_tower:
            encoder = self.encoder(dataset, backbone)
            if checkpoint.model.has_own_tower:
                encoder.tower = checkpoint.model.encode_frames
            settings = checkpoint.config.model
            encoder.wanted = partial(judged_frames, settings.frames, settings.sampling)
            return encode_dataset(encoder, rows.tolist(), skip_bad=self.skip_bad)
        store = FeatureStore.with_plain_view(cache, self.key(dataset, backbone), dataset)
        encoder = replace(self, views=store.key.views).encoder(dataset, backbone)
        extract(encoder, store, skip_bad=self.skip_bad)
        return store.open()


def judged_frames(frames: int, sampling: Sampling, count: int) -> Rows:
    """Which of ``count`` frames a verdict is made of, each once."""
    return np.unique(verdict_rows(count, frames, sampling))
