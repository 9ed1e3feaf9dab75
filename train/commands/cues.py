"""``train cues``: draw and caption the faces of a dataset for methods that read such cues."""

import argparse
from pathlib import Path

from train.commands.options.clips import add_crops, add_data
from train.commands.options.features import add_backbone, add_reading, add_views
from train.commands.options.machine import add_device

DRAWINGS = ("parts", "landmarks")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    add_data(parser)
    add_crops(parser)
    add_backbone(parser)
    add_views(parser, default=1)
    add_device(parser)
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
    add_reading(parser)


def run(arguments: argparse.Namespace) -> None:
    """Find landmarks, then draw, encode and caption; run again after an interruption."""
    from core.device import choose_device
    from train.commands.inputs.opening import open_backbone, open_data, request_of
    from train.cues.drawn import DrawnDataset, store_drawings
    from train.cues.landmarks import find_landmarks, read_tracks
    from train.cues.writing import write_by_model, write_by_rules
    from train.runtime import parallel

    with parallel.process_group(choose_device(arguments.device)) as device:
        dataset = open_data(arguments)
        backbone = open_backbone(arguments, device)
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
            landmarker = store.key.landmarker
            request = request_of(arguments)
            for kind in arguments.drawings:
                drawn = DrawnDataset(dataset, tracks, kind)
                store_drawings(arguments.out, drawn, landmarker, backbone, request)
            if by_rules and parallel.rank() == 0:
                write_by_rules(arguments.out, dataset, tracks, landmarker)
        if arguments.captions not in {"rules", "none"} and parallel.rank() == 0:
            write_by_model(arguments.out, dataset, backbone.preprocess, arguments.captions, device)
