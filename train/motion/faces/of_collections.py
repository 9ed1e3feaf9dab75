"""The faces of whole collections of stills, ready to be moved."""

import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from core.errors import ConfigError
from train.faceclip.stills.collections import COLLECTIONS, read_collection
from train.motion.faces.face_model import FaceMesh
from train.motion.faces.landmarks import cached_landmarks
from train.motion.faces.pool import FacePool, build_pool, join_pools

logger = logging.getLogger(__name__)

PARTS = ("train", "validation")


def read_pools(
    paths: Mapping[str, Path], cache: Path, landmarker: Path | None, mesh: FaceMesh
) -> dict[str, FacePool]:
    """Faces of both parts; no person is in both.

    Args:
        paths: Where each collection lies, by its name in ``COLLECTIONS``.
        cache: Folder of canvases and landmarks.
        landmarker: MediaPipe's task file; needed where no landmarks are in the cache.
        mesh: What is fitted to the faces.

    Raises:
        ConfigError: No collection was given.
    """
    parts: dict[str, list[FacePool]] = {part: [] for part in PARTS}
    for name, path in paths.items():
        stills = read_collection(name, path, cache)
        landmarks = cached_landmarks(stills.images, cache / f"{name}_landmarks.npz", landmarker)
        pool = build_pool(stills, landmarks, mesh)
        held = np.isin(pool.people, COLLECTIONS[name].split(stills)[1].people)
        logger.info("%s: %d of %d faces can be moved", name, len(pool), len(stills))
        parts["train"].append(pool.subset(~held))
        parts["validation"].append(pool.subset(held))
    if not parts["train"]:
        raise ConfigError("no stills were given; pass --fer2013, --muxspace or --london")
    return {part: join_pools(pools) for part, pools in parts.items()}
