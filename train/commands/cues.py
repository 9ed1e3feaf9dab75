"""``train cues``: draw and caption the faces of a dataset for methods that read such cues."""

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from train.commands import options

if TYPE_CHECKING:
    import torch

    from train.commands.inputs import LoadedBackbone
    from train.cues.landmarks import Track
    from train.data.dataset import Dataset
    from train.features.store import FeatureStore

logger = logging.getLogger(__name__)

DRAWINGS = ("parts", "landmarks")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    options.add_data(parser)
    options.add_backbone(parser)
    options.add_views(parser, default=1)
    options.add_device(parser)
    parser.add_argument("--out", type=Path, required=True, help="folder of the stored cues")
    parser.add_argument(
        "--landmarker",
        type=Path,
        metavar="TASK",
        help="MediaPipe's face_landmarker.task (default: landmarks found before, $A3LIGN_LANDMARKER"
        " or an insightface pack on disk)",
    )
    parser.add_argument(
        "--drawings",
        nargs="*",
        choices=DRAWINGS,
        default=DRAWINGS,
        help="what to draw and encode (default: both; none skips the drawings)",
    )
    parser.add_argument(
        "--captions",
        default="rules",
        metavar="rules|MODEL_ID|none",
        help="who writes captions: rules on landmarks, or a multimodal model for transformers",
    )
    options.add_reading(parser)


def run(arguments: argparse.Namespace) -> None:
    """Find landmarks, then draw, encode and caption; run again after an interruption."""
    from core.device import choose_device
    from train.commands import inputs
    from train.cues.landmarks import find_landmarks, read_tracks
    from train.runtime.parallel import process_group

    with process_group(choose_device(arguments.device)) as device:
        dataset = inputs.open_data(arguments)
        backbone = inputs.open_backbone(arguments, device)
        by_rules = arguments.captions == "rules"
        if arguments.drawings or by_rules:
            store = find_landmarks(
                arguments.out,
                dataset,
                backbone.preprocess,
                arguments.landmarker,
                workers=arguments.workers,
                skip_bad=arguments.skip_bad,
            )
            tracks = read_tracks(store)
            _draw(arguments, dataset, backbone, store, tracks)
            if by_rules:
                _write_rules(arguments.out, dataset, store.key.landmarker, tracks)
        if arguments.captions not in {"rules", "none"}:
            _ask_model(arguments, dataset, backbone, device)


def _draw(
    arguments: argparse.Namespace,
    dataset: "Dataset",
    backbone: "LoadedBackbone",
    landmarks: "FeatureStore",
    tracks: "list[Track]",
) -> None:
    from dataclasses import replace

    from train.commands import inputs
    from train.cues.drawn import DrawingEncoder, DrawnDataset
    from train.features.extraction import extract
    from train.features.store import FeatureStore

    frames = inputs.store_key(arguments, dataset, backbone)
    for kind in arguments.drawings:
        drawn = DrawnDataset(dataset, tracks, kind)
        key = replace(frames, cue=kind, landmarker=landmarks.key.landmarker, recipe=drawn.recipe)
        encoder = DrawingEncoder(
            backbone.model,
            drawn,
            backbone.preprocess,
            views=arguments.views,
            seed=arguments.view_seed,
            workers=arguments.workers,
            precision=arguments.precision,
        )
        store = FeatureStore.for_dataset(arguments.out, key, dataset)
        seconds = extract(encoder, store, skip_bad=arguments.skip_bad)
        logger.info("%s of %d clips in %s, %.0f s", kind, len(tracks), store.folder, seconds)


def _write_rules(root: Path, dataset: "Dataset", landmarker: str, tracks: "list[Track]") -> None:
    from train.cues.captions import captions_file, write_captions
    from train.cues.writing import RULES, caption_by_rules
    from train.runtime import parallel

    if parallel.rank() == 0:
        path = captions_file(root, dataset, RULES)
        captions = caption_by_rules(dataset, tracks, landmarker)
        write_captions(path, captions)
        told = sum(bool(entry.caption) for entry in captions)
        logger.info("captions of %d of %d clips in %s", told, len(captions), path)


def _ask_model(
    arguments: argparse.Namespace,
    dataset: "Dataset",
    backbone: "LoadedBackbone",
    device: "torch.device",
) -> None:
    from train.cues.captions import captions_file, read_captions
    from train.cues.vision_language import Captioner
    from train.cues.writing import caption_by_model
    from train.runtime import parallel

    if parallel.rank() > 0:
        return
    path = captions_file(arguments.out, dataset, arguments.captions)
    if path.exists():
        read_captions(path, dataset)
        logger.info("%s is complete already", path)
        return
    captioner = Captioner(arguments.captions, device)
    caption_by_model(path, dataset, backbone.preprocess, arguments.captions, captioner.describe)
    logger.info("captions of %d clips in %s", len(dataset.records), path)
