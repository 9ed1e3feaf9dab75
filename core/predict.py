"""``python -m core.predict VIDEO …``: one JSON object per input on standard output."""

import argparse
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from core.checkpoint import SHIPPED
from core.errors import A3LignError
from core.prediction import Prediction, Progress
from core.predictor import Predictor, load_predictor
from core.table import frames_csv

logger = logging.getLogger("core.predict")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0 when every input was good, 1 when some were not, 2 for bad arguments."""
    options = build_parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    try:
        predictor = load_predictor(
            options.checkpoint,
            device=options.device,
            detector=options.detector,
            backbone_weights=options.backbone_weights,
        )
        if options.csv_dir:
            options.csv_dir.mkdir(parents=True, exist_ok=True)
        results = options.out.open("w") if options.out else None
    except (A3LignError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    failed = False
    for number, video in enumerate(options.videos, 1):
        for record in _records(predictor, video, options, f"{number}/{len(options.videos)}"):
            failed |= "error" in record
            _emit(json.dumps(record), results)
    if results:
        results.close()
    return int(failed)


def build_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m core.predict",
        description="Recognise the perceived facial expression in videos.",
    )
    parser.add_argument(
        "videos", nargs="+", metavar="VIDEO", help="video file, gif, or folder of frame images"
    )
    parser.add_argument(
        "--checkpoint", default=SHIPPED, help="folder or hub id (default: the shipped one)"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument(
        "--detector",
        default="auto",
        choices=("auto", "scrfd", "yunet", "haar", "center"),
        help="face detector (default: the best one that needs no download)",
    )
    parser.add_argument(
        "--backbone-weights", default="openai", help="file with OpenAI's CLIP weights"
    )
    parser.add_argument("--all-faces", action="store_true", help="one line per face")
    parser.add_argument("--out", type=Path, help="also write the lines to this file")
    parser.add_argument("--csv-dir", type=Path, help="write one CSV of curves per input here")
    return parser


def _records(
    predictor: Predictor, video: str, options: argparse.Namespace, number: str
) -> Iterator[dict[str, Any]]:
    """Predict one input; an error that the input causes becomes its record."""
    bar = _ProgressLine(f"[{number}] {video}")
    try:
        predictions = predictor.predict_faces(video, progress=bar.show)
        if not options.all_faces:
            predictions = predictions[:1]
        if options.csv_dir:
            for prediction in predictions:
                _write_csv(options.csv_dir, prediction, with_face_id=options.all_faces)
    except (A3LignError, OSError) as error:
        message = {"type": type(error).__name__, "message": str(error)}
        yield {"video": video, "error": message}
    else:
        for prediction in predictions:
            yield prediction.to_json(with_face_id=options.all_faces)
    finally:
        bar.close()


def _emit(line: str, results: TextIO | None) -> None:
    print(line, flush=True)
    if results:
        results.write(line + "\n")
        results.flush()


def _write_csv(folder: Path, prediction: Prediction, *, with_face_id: bool) -> None:
    suffix = f".face{prediction.face_id}" if with_face_id else ""
    # The name keeps its ending, so that clip.mp4 and clip.avi do not overwrite each other.
    path = folder / f"{Path(prediction.video).name}{suffix}.csv"
    path.write_text(frames_csv(prediction), encoding="utf-8")


class _ProgressLine:
    """One line on a terminal's standard error; silent when it is redirected."""

    def __init__(self, title: str) -> None:
        self.title, self.visible = title, sys.stderr.isatty()

    def show(self, progress: Progress) -> None:
        if self.visible:
            print(f"\r{self.title} {progress.done:4.0%}", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        if self.visible:
            print(file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
