"""Write the map of a checkpoint's sentences: ``python -m core.explain.map CHECKPOINT``."""

import argparse
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.checkpoint import SHIPPED, Checkpoint, load_checkpoint
from core.errors import A3LignError, CheckpointError
from core.explain.film import Film, make_film
from core.explain.neighbours import store_clips
from core.explain.projection import fit
from core.explain.sentence_map import Positions, SentenceMap, SpaceMap, VideoMean, map_points
from core.explain.snapshots import read_snapshots
from core.explain.vectors import text_vectors, unit, video_vectors
from core.prediction import Array
from core.settings import dump_settings

logger = logging.getLogger(__name__)

DIGITS = 4


def build_map(
    checkpoint: Checkpoint,
    *,
    training_clips: Array | None = None,
    words: Sequence[str] | None = None,
    film: Film | None = None,
    validation: tuple[Array, Sequence[int]] | None = None,
) -> dict[str, Any]:
    """Compute ``map.json``; takes some seconds, most of them until UMAP is compiled.

    Args:
        checkpoint: Loaded, on the CPU.
        training_clips: ``(N, T, D)`` features of training clips, for the centred map's middle.
        words: What the text tower was trained on, for honest nearest words.
        film: The training as a film.
        validation: Features ``(N, T, D)`` of validation clips and their classes, for a background
            whose nearest clips can be asked for.

    Returns:
        JSON-like data for ``save_map``.
    """
    text = text_vectors(checkpoint.model, checkpoint.sentence_features)
    return dump_settings(
        SentenceMap(
            labels=checkpoint.config.model.labels,
            sentences=text.before.shape[1],
            sha256=checkpoint.config.weights_sha256,
            before=_space(map_points(text, "before")),
            after=_space(map_points(text, "after")),
            video_mean=_video_mean(checkpoint, training_clips),
            words=None if words is None else sorted(set(words)),
            film=film,
            clips=None if validation is None else store_clips(checkpoint.model, *validation),
        )
    )


def save_map(folder: Path, data: dict[str, Any]) -> None:
    """Write ``map.json`` into a checkpoint folder."""
    partial = folder / "map.json.partial"
    partial.write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")
    partial.replace(folder / "map.json")


def main(argv: list[str] | None = None) -> int:
    """Write ``map.json`` into a checkpoint's folder."""
    arguments = _arguments().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        checkpoint = load_checkpoint(
            arguments.checkpoint, backbone_weights=arguments.backbone_weights
        )
        data = build_map(
            checkpoint,
            training_clips=_read_clips(arguments.clips),
            words=_read_words(arguments.words),
            film=make_film(read_snapshots(arguments.film)) if arguments.film else None,
            validation=_read_validation(arguments.validation),
        )
        save_map(arguments.checkpoint, data)
    except A3LignError as error:
        logger.error("%s", error)
        return 2
    logger.info("wrote %s", arguments.checkpoint / "map.json")
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core.explain.map", description=__doc__)
    parser.add_argument("checkpoint", type=Path, nargs="?", default=SHIPPED, help="a folder")
    parser.add_argument("--clips", type=Path, help="features of training clips, .npy (N, T, D)")
    parser.add_argument(
        "--validation", type=Path, help="features and labels of validation clips, .npz of fit"
    )
    parser.add_argument("--words", type=Path, help="texts that the text tower was trained on")
    parser.add_argument("--film", type=Path, help="snapshots that a training run kept, .npz")
    parser.add_argument("--backbone-weights", default="openai", help="file of OpenAI's weights")
    return parser


def _read_clips(path: Path | None) -> Array | None:
    if path is None:
        return None
    try:
        clips = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} holds no readable features ({error})") from error
    if clips.ndim != 3:
        raise CheckpointError(f"{path} must hold (clips, frames, width), got shape {clips.shape}")
    return np.asarray(clips, np.float32)


def _read_validation(path: Path | None) -> tuple[Array, Sequence[int]] | None:
    if path is None:
        return None
    try:
        with np.load(path, allow_pickle=False) as data:
            return np.asarray(data["features"], np.float32), data["labels"].astype(int).tolist()
    except (OSError, KeyError, ValueError) as error:
        raise CheckpointError(f"{path} holds no validation clips ({error})") from error


def _read_words(path: Path | None) -> list[str] | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").split()
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} is no readable text ({error})") from error


def _space(points: Array) -> SpaceMap:
    return SpaceMap(
        umap2=_rounded(fit(points, "umap", 2).positions),
        umap3=_rounded(fit(points, "umap", 3).positions),
        pca2=_rounded(fit(points, "pca", 2).positions),
        pca3=_rounded(fit(points, "pca", 3).positions),
    )


def _video_mean(checkpoint: Checkpoint, clips: Array | None) -> VideoMean | None:
    if clips is None:
        return None
    vectors = video_vectors(checkpoint.model, np.asarray(clips, np.float32))
    return VideoMean(
        before=_listed(unit(clips).reshape(-1, clips.shape[-1]).mean(0)),
        after=_listed(unit(vectors.pooled).mean(0)),
    )


def _rounded(positions: Array) -> Positions:
    return [_listed(row) for row in positions]


def _listed(values: Array) -> list[float]:
    return [round(float(value), DIGITS) for value in values]


if __name__ == "__main__":
    raise SystemExit(main())
